"""Requests and answers by botocore's own service models: query, ec2, json, rest-json and rest-xml."""
import base64
import datetime
import json
import re
import urllib.parse
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape

import botocore.session

from . import when

SESSION = botocore.session.Session()
# Signing names that are not called like the model.
MODELS = {"email": "ses", "servicequotas": "service-quotas", "monitoring": "cloudwatch"}
LOADED = {}
# Operations that Debian's botocore does not know yet: JSON in, JSON out.
NEWER = {("account", "POST", "/listRegions"): "ListRegions"}


def model(service):
    name = MODELS.get(service, service)
    if name not in LOADED:
        try:
            LOADED[name] = SESSION.get_service_model(name)
        except Exception:
            LOADED[name] = None
    return LOADED[name]


# --- requests --------------------------------------------------------------------------

def scalar(shape, text):
    kind = shape.type_name
    if kind in ("integer", "long"):
        return int(text)
    if kind in ("float", "double"):
        return float(text)
    if kind == "boolean":
        return text == "true" or text is True
    if kind == "blob":
        return base64.b64decode(text)
    if kind == "timestamp" and re.match(r"\d{4}-", text):
        return when.seconds(text)
    return text


def from_form(shape, form, prefix, ec2):
    """A value out of Name.member.1.Key=… pairs; None when it is not there."""
    below = {k: v for k, v in form.items() if k == prefix or k.startswith(prefix + ".")} if prefix else form
    if not below:
        return None
    kind = shape.type_name
    if kind == "structure":
        out = {}
        for name, member in shape.members.items():
            wire = member.serialization.get("queryName") or member.serialization.get("name", name)
            wire = wire[0].upper() + wire[1:] if ec2 else wire
            value = from_form(member, below, f"{prefix}.{wire}" if prefix else wire, ec2)
            if value is not None:
                out[name] = value
        return out
    if kind == "list":
        inner = "" if ec2 or shape.serialization.get("flattened") else "." + shape.member.serialization.get("name", "member")
        out = []
        while (value := from_form(shape.member, below, f"{prefix}{inner}.{len(out) + 1}", ec2)) is not None:
            out.append(value)
        return out
    if kind == "map":
        inner = "" if shape.serialization.get("flattened") else ".entry"
        key, out = shape.key.serialization.get("name", "key"), {}
        while (name := below.get(f"{prefix}{inner}.{len(out) + 1}.{key}")) is not None:
            at = f"{prefix}{inner}.{len(out) + 1}.{shape.value.serialization.get('name', 'value')}"
            out[name] = from_form(shape.value, below, at, ec2)
        return out
    return scalar(shape, below[prefix]) if prefix in below else None


def from_xml(shape, node):
    kind = shape.type_name
    if kind == "structure":
        out = {}
        for name, member in shape.members.items():
            found = [n for n in node if n.tag.split("}")[-1] == member.serialization.get("name", name)]
            if found and member.type_name == "list" and member.serialization.get("flattened"):
                out[name] = [from_xml(member.member, n) for n in found]
            elif found:
                out[name] = from_xml(member, found[0])
        return out
    if kind == "list":
        return [from_xml(shape.member, n) for n in node]
    return scalar(shape, node.text or "")


def rest_pattern(uri):
    return "".join("(?P<%s>%s)" % (re.sub(r"\W", "", p), ".+" if p.endswith("+}") else "[^/]+") if p[:1] == "{" else
                   re.escape(p) for p in re.split(r"(\{[^}]+\})", uri))


def rest_operation(service, method, path, query):
    """The operation whose method, path and fixed query fit best, and its path parameters."""
    best = None
    for name in model(service).operation_names:
        http = model(service).operation_model(name).http
        uri, _, fixed = http["requestUri"].partition("?")
        m = re.fullmatch(rest_pattern(uri.rstrip("/") or "/"), path.rstrip("/") or "/")
        wants = urllib.parse.parse_qsl(fixed, keep_blank_values=True)
        if http["method"] != method or not m or any(query.get(k) != v for k, v in wants):
            continue
        score = len(wants) * 100 + len(uri)
        if best is None or score > best[0]:
            best = (score, name, m.groupdict())
    return best[1:] if best else (None, {})


def from_rest(operation, request, path_values, query):
    shape, out, body = operation.input_shape, {}, request.body
    if shape is None:
        return out
    payload = shape.serialization.get("payload")
    for name, member in shape.members.items():
        where, wire = member.serialization.get("location"), member.serialization.get("name", name)
        if where == "uri":
            out[name] = urllib.parse.unquote(path_values.get(re.sub(r"\W", "", wire), ""))
        elif where == "querystring" and wire in query:
            out[name] = scalar(member, query[wire])
        elif where == "header" and wire in request.headers:
            out[name] = scalar(member, request.headers[wire])
    if payload and shape.members[payload].type_name in ("blob", "string"):
        out[payload] = body
    elif body[:1] == b"{":
        out.update(json.loads(body))
    elif body[:1] == b"<":
        node = ElementTree.fromstring(body)
        out.update({payload: from_xml(shape.members[payload], node)} if payload else from_xml(shape, node))
    return out


def parse(service, request):
    """(service, operation name or Unknown, parameters as boto3 takes them, protocol)."""
    url = urllib.parse.urlsplit(request.path)
    query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
    service = MODELS.get(service, service)
    target = request.headers.get("X-Amz-Target")
    form = {}
    if "form-urlencoded" in request.headers.get("Content-Type", ""):
        form = dict(urllib.parse.parse_qsl(request.body.decode(), keep_blank_values=True))
    if "Action" not in form and not target and service == "ses":
        service = "sesv2"
    m = model(service)
    if m is None:
        return service, form.get("Action") or (target or "Unknown").split(".")[-1], {}, "json" if target else "query"
    protocol = m.metadata["protocol"]
    name = form.get("Action") if "Action" in form else target.split(".")[-1] if target else None
    if name is not None and name not in m.operation_names:
        return service, name, {}, protocol
    if "Action" in form:
        shape = m.operation_model(name).input_shape
        form = {k: v for k, v in form.items() if k not in ("Action", "Version")}
        return service, name, (from_form(shape, form, "", protocol == "ec2") or {}) if shape else {}, protocol
    if target:
        return service, name, json.loads(request.body or b"{}"), protocol
    newer = NEWER.get((service, request.method, url.path))
    if newer is not None and newer not in m.operation_names:
        return service, newer, json.loads(request.body or b"{}"), protocol
    name, values = rest_operation(service, request.method, url.path, query)
    if name is None:    # newer than this botocore: /listRegions is ListRegions
        word = url.path.strip("/")
        name = word[:1].upper() + word[1:] if re.fullmatch(r"[a-zA-Z]+", word) else "Unknown"
        return service, name, json.loads(request.body) if request.body[:1] == b"{" else {}, protocol
    return service, name, from_rest(m.operation_model(name), request, values, query), protocol


# --- answers ---------------------------------------------------------------------------

def plain(shape, value, form="iso"):
    """A scalar as text for XML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if shape.type_name == "blob":
        return base64.b64encode(value if isinstance(value, bytes) else value.encode()).decode()
    if shape.type_name == "timestamp":
        return stamp(value, shape.serialization.get("timestampFormat", form))
    return str(value)


def stamp(value, form):
    value = value.timestamp() if isinstance(value, datetime.datetime) else when.seconds(value) if isinstance(value, str) else value
    if form == "rfc822":
        return datetime.datetime.fromtimestamp(value, when.UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    return value if form == "unixTimestamp" else when.iso(value)


def to_xml(shape, value, tag):
    kind = shape.type_name
    if kind == "structure":
        return f"<{tag}>{members_xml(shape, value)}</{tag}>"
    if kind == "list":
        flat = shape.serialization.get("flattened")
        inner = tag if flat else shape.member.serialization.get("name", "member")
        body = "".join(to_xml(shape.member, v, inner) for v in value)
        return body if flat else f"<{tag}>{body}</{tag}>"
    if kind == "map":
        key, item = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
        flat = shape.serialization.get("flattened")
        rows = "".join(f"<{tag if flat else 'entry'}><{key}>{escape(str(k))}</{key}>{to_xml(shape.value, v, item)}"
                       f"</{tag if flat else 'entry'}>" for k, v in value.items())
        return rows if flat else f"<{tag}>{rows}</{tag}>"
    return f"<{tag}>{escape(plain(shape, value))}</{tag}>"


def members_xml(shape, value):
    return "".join(to_xml(m, value[n], m.serialization.get("name", n)) for n, m in shape.members.items()
                   if value.get(n) is not None and m.serialization.get("location") is None)


def to_json(shape, value):
    kind = shape.type_name
    if kind == "structure":
        return {m.serialization.get("name", n): to_json(m, value[n]) for n, m in shape.members.items()
                if value.get(n) is not None and m.serialization.get("location") is None}
    if kind == "list":
        return [to_json(shape.member, v) for v in value]
    if kind == "map":
        return {k: to_json(shape.value, v) for k, v in value.items()}
    if kind == "blob":
        return plain(shape, value)
    if kind == "timestamp":
        return stamp(value, shape.serialization.get("timestampFormat", "unixTimestamp"))
    return value


def write(service, name, protocol, value, request_id):
    """(body, content type, further headers) of an answer."""
    m = model(service)
    shape = m.operation_model(name).output_shape if m is not None and name in m.operation_names else None
    if protocol in ("query", "ec2"):
        inner = members_xml(shape, value) if shape else ""
        if protocol == "ec2":
            return f"<{name}Response><requestId>{request_id}</requestId>{inner}</{name}Response>".encode(), "text/xml", []
        space = f' xmlns="{m.metadata.get("xmlNamespace", "")}"' if m else ""
        wrapper = shape.serialization.get("resultWrapper", name + "Result") if shape else name + "Result"
        return (f"<{name}Response{space}><{wrapper}>{inner}</{wrapper}><ResponseMetadata><RequestId>{request_id}"
                f"</RequestId></ResponseMetadata></{name}Response>").encode(), "text/xml", []
    if shape is None:
        return json.dumps(value).encode() if "json" in protocol else b"", "application/json", []
    headers = [(s.serialization["name"], plain(s, value[n], "rfc822")) for n, s in shape.members.items()
               if s.serialization.get("location") == "header" and value.get(n) is not None]
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].type_name in ("blob", "string"):
        return value.get(payload, b""), value.get("ContentType", "binary/octet-stream"), headers
    if protocol == "rest-xml":
        inner = members_xml(shape, value)
        return f'<?xml version="1.0"?><{shape.serialization.get("name", name + "Result")}>{inner}</{shape.serialization.get("name", name + "Result")}>'.encode(), \
            "application/xml", headers
    kind = "application/x-amz-json-" + m.metadata.get("jsonVersion", "1.1") if protocol == "json" else "application/json"
    return json.dumps(to_json(shape, value), separators=(",", ":")).encode(), kind, headers


# A signature's failure has other names in the JSON protocols.
JSON_NAMES = {"InvalidClientTokenId": "UnrecognizedClientException", "SignatureDoesNotMatch": "InvalidSignatureException",
              "ExpiredToken": "ExpiredTokenException", "Throttling": "ThrottlingException",
              "MissingAuthenticationToken": "MissingAuthenticationTokenException"}


def write_error(e, protocol, request_id):
    """(status, body, content type, further headers)."""
    text = escape(e.message)
    if protocol == "ec2":
        code = {"InvalidClientTokenId": "AuthFailure"}.get(e.code, e.code)
        return e.status, (f"<Response><Errors><Error><Code>{code}</Code><Message>{text}</Message></Error></Errors>"
                          f"<RequestID>{request_id}</RequestID></Response>").encode(), "text/xml", []
    if protocol == "rest-xml":
        return e.status, (f"<Error><Code>{e.code}</Code><Message>{text}</Message><RequestId>{request_id}</RequestId>"
                          f"</Error>").encode(), "application/xml", []
    if protocol == "query":
        return e.status, (f"<ErrorResponse><Error><Type>Sender</Type><Code>{e.code}</Code><Message>{text}</Message>"
                          f"</Error><RequestId>{request_id}</RequestId></ErrorResponse>").encode(), "text/xml", []
    code = JSON_NAMES.get(e.code, e.code)
    status = e.status if e.status >= 500 else 403 if protocol == "rest-json" and "Denied" in code else 400
    return status, json.dumps({"__type": code, "message": e.message}).encode(), "application/x-amz-json-1.1", \
        [("x-amzn-ErrorType", code)]
