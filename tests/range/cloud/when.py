"""Times as AWS writes them."""
import datetime

UTC = datetime.timezone.utc


def iso(t):
    return datetime.datetime.fromtimestamp(int(t), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text):
    """Of an eventTime, or of X-Amz-Date."""
    form = "%Y%m%dT%H%M%SZ" if "-" not in text else "%Y-%m-%dT%H:%M:%S"
    return datetime.datetime.strptime(text[:19] if "-" in text else text, form).replace(tzinfo=UTC).timestamp()
