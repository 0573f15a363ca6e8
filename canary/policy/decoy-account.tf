# The decoy account, once: a role that mints and retires decoys, and the boundary
# that keeps them from ever doing more than reading what SES looks like.
# Apply it in the decoy account. Source of the documents: "keycanary policy".
variable "operator_arn" {
  description = "Who may mint: the ARN of the operator's role or user."
  type        = string
}

variable "external_id" {
  description = "A secret word the operator gives when it assumes the role."
  type        = string
}

resource "aws_iam_policy" "boundary" {
  name   = "mail-readers"
  policy = <<-JSON
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "AtMostReading",
          "Effect": "Allow",
          "Action": [
            "ses:GetAccount",
            "ses:GetAccountSendingEnabled",
            "ses:GetEmailIdentity",
            "ses:GetIdentityDkimAttributes",
            "ses:GetIdentityVerificationAttributes",
            "ses:GetSendQuota",
            "ses:GetSendStatistics",
            "ses:ListEmailIdentities",
            "ses:ListIdentities",
            "ses:ListVerifiedEmailAddresses",
            "servicequotas:GetServiceQuota",
            "servicequotas:ListServiceQuotas"
          ],
          "Resource": "*"
        }
      ]
    }
  JSON
}

resource "aws_iam_role" "minter" {
  name = "user-provisioning"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = var.operator_arn }
      Condition = { StringEquals = { "sts:ExternalId" = var.external_id } }
    }]
  })
}

resource "aws_iam_role_policy" "minter" {
  name   = "user-provisioning"
  role   = aws_iam_role.minter.id
  policy = <<-JSON
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "LookAtUsers",
          "Effect": "Allow",
          "Action": [
            "iam:GetAccountSummary",
            "iam:GetLoginProfile",
            "iam:GetUser",
            "iam:GetUserPolicy",
            "iam:ListAccessKeys",
            "iam:ListAttachedUserPolicies",
            "iam:ListGroupsForUser",
            "iam:ListUserPolicies",
            "iam:ListUsers"
          ],
          "Resource": "*"
        },
        {
          "Sid": "MakeDecoys",
          "Effect": "Allow",
          "Action": [
            "iam:CreateAccessKey",
            "iam:CreateUser",
            "iam:PutUserPolicy"
          ],
          "Resource": "arn:aws:iam::*:user/*"
        },
        {
          "Sid": "RetireDecoys",
          "Effect": "Allow",
          "Action": [
            "iam:DeleteAccessKey",
            "iam:DeleteLoginProfile",
            "iam:DeleteUser",
            "iam:DeleteUserPolicy",
            "iam:DetachUserPolicy",
            "iam:RemoveUserFromGroup"
          ],
          "Resource": [
            "arn:aws:iam::*:user/*",
            "arn:aws:iam::*:group/*"
          ]
        }
      ]
    }
  JSON
}

output "minter_role_arn" {
  value = aws_iam_role.minter.arn
}

output "boundary_arn" {
  value = aws_iam_policy.boundary.arn
}
