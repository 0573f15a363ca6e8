# The monitor's role, in every account it watches. It reads, and nothing else.
# Source of the document: "keycanary policy monitor".
variable "monitor_arn" {
  description = "Who watches: the ARN of the monitor's role or user."
  type        = string
}

variable "external_id" {
  description = "A secret word the monitor gives when it assumes the role."
  type        = string
}

resource "aws_iam_role" "monitor" {
  name = "keycanary-monitor"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = var.monitor_arn }
      Condition = { StringEquals = { "sts:ExternalId" = var.external_id } }
    }]
  })
}

resource "aws_iam_role_policy" "monitor" {
  name   = "read-only"
  role   = aws_iam_role.monitor.id
  policy = <<-JSON
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "ReadTheEventHistory",
          "Effect": "Allow",
          "Action": [
            "cloudtrail:LookupEvents"
          ],
          "Resource": "*"
        },
        {
          "Sid": "AskWhenAKeyWasUsed",
          "Effect": "Allow",
          "Action": [
            "iam:GetAccessKeyLastUsed",
            "iam:GenerateCredentialReport",
            "iam:GetCredentialReport"
          ],
          "Resource": "*"
        },
        {
          "Sid": "KnowTheRegions",
          "Effect": "Allow",
          "Action": [
            "account:ListRegions",
            "ec2:DescribeRegions"
          ],
          "Resource": "*"
        },
        {
          "Sid": "CheckTheTrails",
          "Effect": "Allow",
          "Action": [
            "cloudtrail:DescribeTrails",
            "cloudtrail:GetTrailStatus",
            "cloudtrail:GetEventSelectors"
          ],
          "Resource": "*"
        },
        {
          "Sid": "CompareTheDecoys",
          "Effect": "Allow",
          "Action": [
            "iam:ListUsers",
            "iam:ListAccessKeys",
            "iam:GetUser",
            "iam:ListUserPolicies",
            "iam:GetUserPolicy",
            "iam:ListAttachedUserPolicies",
            "iam:ListGroupsForUser",
            "iam:GetLoginProfile"
          ],
          "Resource": "*"
        }
      ]
    }
  JSON
}

output "monitor_role_arn" {
  value = aws_iam_role.monitor.arn
}
