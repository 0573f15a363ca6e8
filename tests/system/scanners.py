"""
The public rules of three secret scanners, written anew from their documentation and rule files, to ask whether a
hunter's scanner would find a bait. What each does:

gitleaks         \\b((?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\\b with entropy of at least 3, nothing that ends in
                 EXAMPLE, not in paths of the global allow list; decodes base64 and looks again; a comment
                 gitleaks:allow on the line silences it.
TruffleHog       an id \\b((?:AKIA|ABIA|ACCA)[A-Z0-9]{16})\\b with entropy of at least 3 and, anywhere in the chunk, a
                 secret of 40 characters with entropy of at least 4.25 that is not all hexadecimal; decodes base64.
detect-secrets   the key id pattern, or aws…key…'SECRET' on one line.
Hunters of mail  SMTP hosts of SES with the user and a password of 44 characters near it.
"""
import base64
import math
import re
from collections import Counter


def entropy(s):
    return -sum(n / len(s) * math.log2(n / len(s)) for n in Counter(s).values())


def decoded(text):
    out = [text]
    for m in re.finditer(r"[A-Za-z0-9+/]{20,}={0,2}", text):
        try:
            plain = base64.b64decode(m[0] + "=" * (-len(m[0].rstrip("=")) % 4 if "=" not in m[0] else 0)).decode("ascii")
        except (ValueError, UnicodeDecodeError):
            continue
        if plain.isprintable():
            out.append(plain)
    return out


SKIPPED = re.compile(r"(?i)(^|/)(node_modules|bower_components)/|(^|/)(package-lock\.json|yarn\.lock|go\.(mod|sum))$|"
                     r"\.(bmp|gif|jpe?g|png|svg|tiff?|eot|[ot]tf|woff2?|docx?|xlsx?|pdf|bin|exe)$")


def gitleaks(path, text):
    if SKIPPED.search(path):
        return False
    for piece in decoded(text):
        for line in piece.splitlines():
            for m in re.finditer(r"\b((?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b", line):
                if entropy(m[1]) >= 3 and not m[1].endswith("EXAMPLE") and "gitleaks:allow" not in line:
                    return True
    return False


def trufflehog(path, text):
    pieces = decoded(text)
    chunk = "\n".join(pieces)
    ids = [m[1] for m in re.finditer(r"\b((?:AKIA|ABIA|ACCA)[A-Z0-9]{16})\b", chunk) if entropy(m[1]) >= 3]
    secrets = [m[1] for m in re.finditer(r"(?:[^A-Za-z0-9+/]|\A)([A-Za-z0-9+/]{40})(?=[^A-Za-z0-9+/]|\Z)", chunk)
               if entropy(m[1]) >= 4.25 and not re.fullmatch("[0-9a-fA-F]{40}", m[1])]
    return bool(ids and secrets)


def detect_secrets(path, text):
    # Its filters leave out lines with the pragma and files that look like lock files.
    for line in text.splitlines():
        if "pragma: allowlist secret" in line:
            continue
        if re.search(r"(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{16}", line) or \
                re.search(r"(?i)aws.{0,20}?(?:key|pwd|pw|password|pass|token).{0,20}?['\"]([0-9a-zA-Z/+]{40})['\"]", line):
            return True
    return False


def mail_hunter(path, text):
    m = re.search(r"email-smtp\.[a-z0-9-]+\.amazonaws\.com", text)
    return bool(m and re.search(r"\bAKIA[A-Z0-9]{16}\b", text) and
                re.search(r"(?im)^\w*pass\w*\s*[=:]\s*['\"]?[A-Za-z0-9+/]{44}(?![A-Za-z0-9+/])", text))


SCANNERS = {"gitleaks": gitleaks, "TruffleHog": trufflehog, "detect-secrets": detect_secrets, "hunters of mail": mail_hunter}
