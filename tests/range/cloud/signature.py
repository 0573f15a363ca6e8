"""Who signed a request: botocore's own signer makes the signature again."""
import datetime
import hashlib
import re
import time
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials

from . import when
from .refused import Refused

SCOPE = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?"
                   r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$")
INVALID = "The security token included in the request is invalid."


class ReplaySigner(botocore.auth.SigV4Auth):
    """Signs exactly the headers the client listed, at the client's time."""

    def __init__(self, credentials, service, region, signed, date):
        super().__init__(credentials, service, region)
        self.signed, self.date = signed, date

    def headers_to_sign(self, request):
        headers = botocore.auth.HTTPHeaders()
        for name in self.signed:
            headers[name] = request.headers.get(name, "")
        return headers

    def _normalize_url_path(self, path):
        return path if self._service_name == "s3" else super()._normalize_url_path(path)

    def compute(self, request):
        request.context["timestamp"] = self.date
        return self.signature(self.string_to_sign(request, self.canonical_request(request)), request)


def check_time(world, headers, day, key):
    date = headers.get("X-Amz-Date", "")
    try:
        at = when.seconds(date)
    except ValueError:
        raise Refused("IncompleteSignature", "Date in wrong form", 403) from None
    now = time.time() + world.options["skew_s"]
    basic = datetime.datetime.fromtimestamp(now, when.UTC).strftime("%Y%m%dT%H%M%SZ")
    if at < now - 300 or not date.startswith(day):
        raise Refused("SignatureDoesNotMatch", f"Signature expired: {date} is now earlier than {basic} (- 5 min.)", 403)
    if at > now + 300:
        raise Refused("SignatureDoesNotMatch", f"Signature not yet current: {date} is still later than {basic} (+ 5 min.)", 403)
    if key["expires"] and now > key["expires"]:
        raise Refused("ExpiredToken", "The security token included in the request is expired", 403)
    return date


def authenticate(world, request):
    """(key, region, service) of a request; Refused otherwise."""
    headers = request.headers
    m = SCOPE.match(headers.get("Authorization", ""))
    if not m:
        raise Refused("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    key_id, day, region, service, signed, signature = m.groups()
    key = world.keys.get(key_id)
    if key is None or not key["active"] or not world.settled(key) or region in world.options["closed"] or \
            world.user_of(key) is None and key["kind"] not in ("federated", "role"):
        raise Refused("InvalidClientTokenId", INVALID, 403)
    date = check_time(world, headers, day, key)
    if key["token"] != headers.get("X-Amz-Security-Token"):
        raise Refused("InvalidClientTokenId", INVALID, 403)
    if not {"host", "x-amz-date"} <= set(signed.split(";")):
        raise Refused("IncompleteSignature", "host and date must be signed", 403)
    claimed = headers.get("X-Amz-Content-SHA256")
    if claimed not in (None, "UNSIGNED-PAYLOAD", hashlib.sha256(request.body).hexdigest()):
        raise Refused("XAmzContentSHA256Mismatch", "the body is not the one that was signed", 400)
    url = urllib.parse.urlsplit(request.path)
    signed_request = botocore.awsrequest.AWSRequest(
        method=request.method, url=f"http://{headers['Host']}{url.path}", headers=dict(headers.items()),
        data=request.body, params=dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True)))
    signer = ReplaySigner(botocore.credentials.Credentials(key_id, key["secret"], key["token"]), service, region,
                          signed.split(";"), date)
    if signer.compute(signed_request) != signature:
        raise Refused("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you "
                      "provided. Check your AWS Secret Access Key and signing method.", 403)
    return key, region, service
