"""The event history, and trails."""
import json
import random
import time
import uuid

from ..operation import operation
from ..refused import Refused
from ..state import text_of

# --- LookupEvents ----------------------------------------------------------------------

KEYS = ("EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId")


def fields(record):
    identity = record.get("userIdentity") or {}
    issuer = (identity.get("sessionContext") or {}).get("sessionIssuer") or {}
    return {"AccessKeyId": identity.get("accessKeyId"), "EventId": record.get("eventID"),
            "Username": identity.get("userName") or issuer.get("userName"), "EventName": record.get("eventName"),
            "EventSource": record.get("eventSource"), "ReadOnly": str(bool(record.get("readOnly"))).lower()}


def wanted(record, attributes):
    for a in attributes:
        if a["AttributeKey"] == "ResourceName":
            if a["AttributeValue"] not in [str(v) for v in (record.get("requestParameters") or {}).values()]:
                return False
        elif fields(record).get(a["AttributeKey"]) != a["AttributeValue"]:
            return False
    return True


def matching(call):
    """The rows of a window, as they are visible now; the newest first."""
    now, attributes, options = time.time(), call.get("LookupAttributes", []), call.world.options
    start, end = call.get("StartTime", 0), call.get("EndTime", now + 1e9)
    if start > end:
        raise Refused("InvalidTimeRangeException", "The start time occurs after the end time.", 400)
    if len(attributes) > 1:
        raise Refused("InvalidLookupAttributesException", "Only one lookup attribute can be specified.", 400)
    if any(a["AttributeKey"] not in KEYS for a in attributes):
        raise Refused("InvalidLookupAttributesException", "Lookup attribute is not valid.", 400)
    rows = [r[3] for r in call.account.logs[call.region].between(start, end) if r[2] <= now and wanted(r[3], attributes)]
    rows.reverse()
    if options["duplicate"]:
        rows = [r for r in rows for _ in (0, 1)]
    if options["shuffle"]:
        random.Random(len(rows)).shuffle(rows)
    return rows


def shown(record):
    f = fields(record)
    named = (record.get("requestParameters") or {}) if isinstance(record.get("requestParameters"), dict) else {}
    return {"EventId": f["EventId"], "EventName": f["EventName"], "EventTime": record["eventTime"],
            "EventSource": f["EventSource"], "Username": f["Username"] or "", "AccessKeyId": f["AccessKeyId"] or "",
            "ReadOnly": f["ReadOnly"], "CloudTrailEvent": text_of(record),
            "Resources": [{"ResourceName": v} for k, v in named.items() if k in ("userName", "accessKeyId", "policyArn")]}


@operation("cloudtrail", "LookupEvents")
def lookup_events(call):
    tokens, token = call.world.tokens, call.get("NextToken")
    same = json.dumps({k: v for k, v in call.params.items() if k != "NextToken"}, sort_keys=True)
    if not 1 <= call.get("MaxResults", 50) <= 50:
        raise Refused("InvalidMaxResultsException", "MaxResults must be between 1 and 50.", 400)
    if token is None:
        rows, start = matching(call), 0
    elif tokens.get(token, (None,))[0] != same or tokens[token][3] == 0:
        raise Refused("InvalidNextTokenException", "The NextToken is not valid.", 400)
    else:
        rows, start = tokens[token][1:3]
    uses = call.world.options["token_uses"]
    if token is not None and uses is not None:
        call.world.options["token_uses"] = uses = uses - 1
        if uses < 0:
            call.world.options["token_uses"] = None
            tokens.clear()
            raise Refused("InvalidNextTokenException", "The NextToken is not valid.", 400)
    size = min(call.get("MaxResults", 50), call.world.options["page"])
    answer = {"Events": [shown(r) for r in rows[start:start + size]]}
    if start + size < len(rows):
        answer["NextToken"] = uuid.uuid4().hex
        tokens[answer["NextToken"]] = (same, rows, start + size, 1)
    return answer


# --- trails ----------------------------------------------------------------------------

def arn_of(call, t):
    return f"arn:aws:cloudtrail:{t['HomeRegion']}:{call.account.number}:trail/{t['Name']}"


def shape(call, t):
    return {**{k: v for k, v in t.items() if k[:1].isupper()}, "TrailARN": arn_of(call, t)}


def trail(call, key="Name"):
    name = call[key].split("/")[-1]
    if name not in call.account.trails:
        raise Refused("TrailNotFoundException", f"Unknown trail: {call[key]} for the user: {call.account.number}", 400)
    return call.account.trails[name]


@operation("cloudtrail", "DescribeTrails")
def describe_trails(call):
    wanted_names = [n.split("/")[-1] for n in call.get("trailNameList", [])]
    return {"trailList": [shape(call, t) for t in call.account.trails.values()
                          if (t["IsMultiRegionTrail"] or t["HomeRegion"] == call.region) and
                          (not wanted_names or t["Name"] in wanted_names)]}


@operation("cloudtrail", "ListTrails")
def list_trails(call):
    return {"Trails": [{"TrailARN": arn_of(call, t), "Name": t["Name"], "HomeRegion": t["HomeRegion"]}
                       for t in call.account.trails.values()]}


@operation("cloudtrail", "GetTrail")
def get_trail(call):
    return {"Trail": shape(call, trail(call))}


@operation("cloudtrail", "GetTrailStatus")
def get_trail_status(call):
    t = trail(call)
    return {"IsLogging": t["logging"], "LatestDeliveryTime": time.time() - 120}


@operation("cloudtrail", "StopLogging")
def stop_logging(call):
    trail(call)["logging"] = False


@operation("cloudtrail", "StartLogging")
def start_logging(call):
    trail(call)["logging"] = True


@operation("cloudtrail", "CreateTrail")
def create_trail(call):
    call.account.trails[call["Name"]] = {"Name": call["Name"], "HomeRegion": call.region, "logging": False,
                                         "S3BucketName": call["S3BucketName"], "selectors": [],
                                         "IsMultiRegionTrail": call.get("IsMultiRegionTrail", False),
                                         "IncludeGlobalServiceEvents": True, "IsOrganizationTrail": False}
    return shape(call, call.account.trails[call["Name"]])


@operation("cloudtrail", "UpdateTrail")
def update_trail(call):
    t = trail(call)
    t.update({k: v for k, v in call.params.items() if k != "Name"})
    return shape(call, t)


@operation("cloudtrail", "DeleteTrail")
def delete_trail(call):
    del call.account.trails[trail(call)["Name"]]


@operation("cloudtrail", "GetEventSelectors")
def get_event_selectors(call):
    t = trail(call, "TrailName")
    return {"TrailARN": arn_of(call, t), "EventSelectors": t["selectors"]}


@operation("cloudtrail", "PutEventSelectors")
def put_event_selectors(call):
    t = trail(call, "TrailName")
    t["selectors"] = call.get("EventSelectors", call.get("AdvancedEventSelectors", []))
    return {"TrailARN": arn_of(call, t), "EventSelectors": t["selectors"]}
