"""Which regions there are: ec2 and account."""
from ..operation import operation
from ..state import REGIONS


@operation("ec2", "DescribeRegions")
def describe_regions(call):
    closed = call.world.options["closed"]
    names = [r for r in REGIONS if r not in closed or call.get("AllRegions")]
    return {"Regions": [{"RegionName": r, "Endpoint": f"ec2.{r}.amazonaws.com",
                         "OptInStatus": "not-opted-in" if r in closed else "opt-in-not-required"} for r in names]}


@operation("account", "ListRegions")
def list_regions(call):
    closed, wanted = call.world.options["closed"], call.get("RegionOptStatusContains", [])
    rows = [{"RegionName": r, "RegionOptStatus": "DISABLED" if r in closed else "ENABLED_BY_DEFAULT"} for r in REGIONS]
    return {"Regions": [r for r in rows if not wanted or r["RegionOptStatus"] in wanted]}
