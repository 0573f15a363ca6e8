from ..operation import operation


@operation("service-quotas", "ListServiceQuotas")
def list_service_quotas(call):
    quota = call.account.ses["quota"]
    return {"Quotas": [{"ServiceCode": call["ServiceCode"], "QuotaName": "Sending quota", "QuotaCode": "L-804C8AE8",
                        "Value": quota, "Adjustable": True}] if call["ServiceCode"] == "ses" else []}
