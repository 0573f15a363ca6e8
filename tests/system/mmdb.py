"""Writes small databases in the MaxMind DB format 2.0, from its public specification."""
import ipaddress


def encode(value):
    """One field: a control byte with type and size, then its bytes."""
    def control(kind, size):
        extended = bytes([kind - 7]) if kind > 7 else b""
        first = 0 if kind > 7 else kind << 5
        if size < 29:
            return bytes([first | size]) + extended
        assert size < 29 + 256
        return bytes([first | 29]) + extended + bytes([size - 29])
    if isinstance(value, str):
        raw = value.encode()
        return control(2, len(raw)) + raw
    if isinstance(value, dict):
        return control(7, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    if isinstance(value, list):
        return control(11, len(value)) + b"".join(map(encode, value))
    number, kind = value    # ("u16", 5) …
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return control(kind, len(raw)) + raw


def u16(n):
    return n, 5


def u32(n):
    return n, 6


def u64(n):
    return n, 9


def write(path, kind, networks):
    """networks: {"192.0.2.0/24": {…}}; IPv4 lives under ::/96 of an IPv6 tree."""
    nodes, data, offsets = [[None, None]], b"", {}
    for text, record in networks.items():
        net = ipaddress.ip_network(text)
        bits = net.prefixlen + (96 if net.version == 4 else 0)
        number = int(net.network_address)
        raw = encode(record)
        if raw not in offsets:
            offsets[raw] = len(data)
            data += raw
        at = 0
        for i in range(bits):
            bit = number >> (127 - i) & 1
            if i == bits - 1:
                nodes[at][bit] = ("data", offsets[raw])
            else:
                if nodes[at][bit] is None:
                    nodes.append([None, None])
                    nodes[at][bit] = ("node", len(nodes) - 1)
                at = nodes[at][bit][1]

    def pointer(record):
        if record is None:
            return len(nodes)
        return record[1] if record[0] == "node" else len(nodes) + 16 + record[1]
    tree = b"".join(pointer(side).to_bytes(3, "big") for node in nodes for side in node)
    about = {"node_count": u32(len(nodes)), "record_size": u16(24), "ip_version": u16(6), "database_type": kind,
             "languages": ["en"], "binary_format_major_version": u16(2), "binary_format_minor_version": u16(0),
             "build_epoch": u64(1741064767), "description": {"en": "for tests"}}
    path.write_bytes(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encode(about))
