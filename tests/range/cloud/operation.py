"""
The table of operations. A file in services/ adds rows:

    @operation("sts", "GetCallerIdentity")
    def get_caller_identity(call):
        return {"Account": call.account.number, …}

What a function gets is a Call; what it returns is the answer as boto3 shows it
(botocore's model makes XML or JSON of it); it may raise Refused. An operation
without a row answers with nothing, so that permissions alone decide.
"""
import importlib
import pkgutil

TABLE = {}


class Call:
    """One authenticated, authorized request."""

    def __init__(self, world, key, service, operation, region, params, request):
        self.world, self.key, self.service, self.operation = world, key, service, operation
        self.region, self.params, self.request = region, params, request
        self.account = world.accounts[key["account"]]
        self.user = world.user_of(key)
        self.logged = None      # responseElements of the record; a function may set it

    def __getitem__(self, name):
        return self.params[name]

    def get(self, name, default=None):
        return self.params.get(name, default)


def operation(service, *names):
    def add(function):
        for name in names:
            TABLE[service, name] = function
        return function
    return add


def load(package):
    """Imports every file of a package, so that its rows are there."""
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def run(call):
    function = TABLE.get((call.service, call.operation))
    return (function(call) or {}) if function else {}
