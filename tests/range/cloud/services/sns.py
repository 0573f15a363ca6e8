"""Topics; what is published is kept for the test (/_range/published, world.published)."""
import uuid

from ..operation import operation
from ..refused import Refused


@operation("sns", "CreateTopic")
def create_topic(call):
    arn = f"arn:aws:sns:{call.region}:{call.account.number}:{call['Name']}"
    call.account.topics[arn] = {"attributes": dict(call.get("Attributes", {}))}
    return {"TopicArn": arn}


@operation("sns", "ListTopics")
def list_topics(call):
    return {"Topics": [{"TopicArn": a} for a in call.account.topics]}


@operation("sns", "Publish")
def publish(call):
    target = call.get("TopicArn") or call.get("TargetArn")
    if target and target not in call.account.topics:
        raise Refused("NotFound", "Topic does not exist", 404)
    if len(call["Message"].encode()) > 262144:
        raise Refused("InvalidParameter", "Invalid parameter: Message too long", 400)
    message = {"region": call.region, "key": call.key["id"], "id": str(uuid.uuid4()),
               **{k: v for k, v in call.params.items()}}
    call.world.published.append(message)
    return {"MessageId": message["id"]}


@operation("sns", "GetSMSAttributes")
def get_sms_attributes(call):
    return {"attributes": {"MonthlySpendLimit": "1"}}
