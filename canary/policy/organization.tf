# In the organization's management account: whatever happens in the decoy
# account, nothing there can cost money or send mail.
# Source of the document: "keycanary policy account-guard".
variable "decoy_account_id" {
  description = "The decoy account's 12 digits."
  type        = string
}

resource "aws_organizations_policy" "guard" {
  name    = "baseline-guardrail"
  type    = "SERVICE_CONTROL_POLICY"
  content = <<-JSON
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "OnlyWhatADecoyAccountNeeds",
          "Effect": "Deny",
          "NotAction": [
            "access-analyzer:List*",
            "account:Get*",
            "account:List*",
            "cloudtrail:Describe*",
            "cloudtrail:Get*",
            "cloudtrail:List*",
            "cloudtrail:LookupEvents",
            "ec2:DescribeRegions",
            "health:Describe*",
            "iam:*",
            "organizations:Describe*",
            "organizations:List*",
            "servicequotas:Get*",
            "servicequotas:List*",
            "ses:Get*",
            "ses:List*",
            "sts:*",
            "support:Describe*"
          ],
          "Resource": "*"
        }
      ]
    }
  JSON
}

resource "aws_organizations_policy_attachment" "guard" {
  policy_id = aws_organizations_policy.guard.id
  target_id = var.decoy_account_id
}
