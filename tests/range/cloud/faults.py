"""Things that go wrong when a test says so: {"op", "region", "service", "kind", "times", "seconds"}."""
import time

from .refused import Refused

# kind: (code in query protocols, code in JSON protocols, text, status)
KINDS = {
    "throttle": ("Throttling", "ThrottlingException", "Rate exceeded", 400),
    "denied": ("AccessDenied", "AccessDeniedException", None, 403),
    "expired": ("ExpiredToken", "ExpiredTokenException", "The security token included in the request is expired", 403),
    "closed": ("InvalidClientTokenId", "UnrecognizedClientException", "The security token included in the request is invalid.", 403),
    "clock": ("SignatureDoesNotMatch", "InvalidSignatureException", "Signature expired: 20200101T000000Z is now earlier than 20200101T000500Z", 403),
    "token": ("InvalidNextToken", "InvalidNextTokenException", "The NextToken is not valid.", 400),
    "500": ("InternalFailure", "InternalFailure", "The request processing has failed because of an unknown error.", 500),
    "503": ("ServiceUnavailable", "ServiceUnavailableException", "The service is unavailable. Please try again shortly.", 503),
}


def take(world, service, op, region, key=None):
    """The fault that is due, counted down; None."""
    for f in world.faults:
        if f["op"] in (op, "*") and f.get("region") in (None, region) and f.get("service") in (None, service) and \
                f.get("account") in (None, key["account"] if key else None) and f["times"] > 0:
            f["times"] -= 1
            return f
    return None


def wait_s(fault):
    return fault.get("seconds", 1) if fault and fault["kind"] == "slow" else 0


def happen(fault, arn, action, query):
    if fault is None or fault["kind"] == "slow":
        return
    if fault["kind"] == "reset":
        raise ConnectionResetError
    code, json_code, text, status = KINDS[fault["kind"]]
    text = text or f"User: {arn} is not authorized to perform: {action} because no identity-based policy allows the {action} action"
    raise Refused(code if query else json_code, text, status)


def limit(world, account, region):
    """Refused when LookupEvents is asked for more often than `rate` a second."""
    rate = world.options["rate"]
    if rate is None:
        return
    tokens, at = world.buckets.get((account, region), (rate, time.monotonic()))
    now = time.monotonic()
    tokens = min(rate, tokens + (now - at) * rate)
    world.buckets[account, region] = (tokens - 1 if tokens >= 1 else tokens, now)
    if tokens < 1:
        raise Refused("ThrottlingException", "Rate exceeded", 400)
