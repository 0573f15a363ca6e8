"""SES, both versions: what an account says of itself is set by /_range/lure."""
from ..operation import operation
from ..refused import Refused


@operation("ses", "GetSendQuota")
def get_send_quota(call):
    s = call.account.ses
    return {"Max24HourSend": s["quota"], "MaxSendRate": s["rate"], "SentLast24Hours": s["sent"]}


@operation("ses", "GetAccountSendingEnabled")
def get_sending(call):
    return {"Enabled": call.account.ses["sending"]}


@operation("ses", "UpdateAccountSendingEnabled")
def update_sending(call):
    call.account.ses["sending"] = call.get("Enabled", False)


@operation("ses", "ListIdentities")
def list_identities(call):
    return {"Identities": list(call.account.ses["identities"])}


@operation("ses", "ListVerifiedEmailAddresses")
def list_verified(call):
    return {"VerifiedEmailAddresses": [i for i in call.account.ses["identities"] if "@" in i]}


@operation("ses", "GetIdentityVerificationAttributes")
def get_verification(call):
    return {"VerificationAttributes": {i: {"VerificationStatus": "Success"} for i in call["Identities"]
                                       if i in call.account.ses["identities"]}}


@operation("ses", "VerifyEmailIdentity")
@operation("sesv2", "CreateEmailIdentity")
def verify(call):
    return {"VerifiedForSendingStatus": False}


@operation("ses", "SendEmail", "SendRawEmail")
@operation("sesv2", "SendEmail")
def send(call):
    if not call.account.ses["sending"]:
        raise Refused("AccountSendingPausedException", "Email sending is disabled for your entire Amazon SES account.", 400)
    call.account.ses["sent"] += 1
    return {"MessageId": "0100018"}


@operation("sesv2", "GetAccount")
def get_account(call):
    s = call.account.ses
    return {"DedicatedIpAutoWarmupEnabled": True, "EnforcementStatus": "HEALTHY",
            "ProductionAccessEnabled": s["production"], "SendingEnabled": s["sending"],
            "SendQuota": {"Max24HourSend": s["quota"], "MaxSendRate": s["rate"], "SentLast24Hours": s["sent"]}}


@operation("sesv2", "ListEmailIdentities")
def list_email_identities(call):
    return {"EmailIdentities": [{"IdentityType": "EMAIL_ADDRESS" if "@" in i else "DOMAIN", "IdentityName": i,
                                 "SendingEnabled": True} for i in call.account.ses["identities"]]}


@operation("sesv2", "PutAccountDetails")
def put_account_details(call):
    return {}
