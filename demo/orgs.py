"""The sample brand's organisation: regions, dealers, a mall and stores. Addresses are of our invention."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """A unit under its parent's code; `kind` is region, dealer, mall or store."""

    code: str
    kind: str
    name: str
    parent: str | None = None
    city: str = ""
    address: str = ""
    phone: str = ""


REGIONS = (
    Unit("EAST", "region", "华东大区"),
    Unit("NORTH", "region", "华北大区"),
    Unit("SOUTH", "region", "华南大区"),
)
PARTNERS = (
    Unit("D-SUZHOU", "dealer", "苏南致行商贸", "EAST", "苏州"),
    Unit("D-CHENGDU", "dealer", "川行旅品商贸", "SOUTH", "成都"),
    Unit("M-HUBIN", "mall", "湖滨里商场", "EAST", "杭州"),
)
STORES = (
    Unit(
        "SH01",
        "store",
        "远途 上海静安嘉里店",
        "EAST",
        "上海",
        "上海市静安区南京西路远途街 101 号",
        "021-55500101",
    ),
    Unit(
        "SH02",
        "store",
        "远途 上海徐汇店",
        "EAST",
        "上海",
        "上海市徐汇区漕溪北路远途街 202 号",
        "021-55500202",
    ),
    Unit(
        "SH03",
        "store",
        "远途 上海浦东店",
        "EAST",
        "上海",
        "上海市浦东新区世纪大道远途街 303 号",
        "021-55500303",
    ),
    Unit(
        "HZ01",
        "store",
        "远途 杭州湖滨店",
        "M-HUBIN",
        "杭州",
        "杭州市上城区平海路远途街 11 号",
        "0571-55500111",
    ),
    Unit(
        "NJ01",
        "store",
        "远途 南京德基店",
        "D-SUZHOU",
        "南京",
        "南京市玄武区中山路远途街 18 号",
        "025-55500118",
    ),
    Unit(
        "SZ01",
        "store",
        "远途 苏州园区店",
        "D-SUZHOU",
        "苏州",
        "苏州市苏州工业园区星港街远途街 7 号",
        "0512-55500107",
    ),
    Unit(
        "BJ01",
        "store",
        "远途 北京朝阳店",
        "NORTH",
        "北京",
        "北京市朝阳区建国路远途街 87 号",
        "010-55500187",
    ),
    Unit(
        "BJ02",
        "store",
        "远途 北京海淀店",
        "NORTH",
        "北京",
        "北京市海淀区中关村大街远途街 15 号",
        "010-55500215",
    ),
    Unit(
        "TJ01",
        "store",
        "远途 天津和平店",
        "NORTH",
        "天津",
        "天津市和平区南京路远途街 32 号",
        "022-55500132",
    ),
    Unit(
        "GZ01",
        "store",
        "远途 广州天河店",
        "SOUTH",
        "广州",
        "广州市天河区天河路远途街 208 号",
        "020-55500108",
    ),
    Unit(
        "SN01",
        "store",
        "远途 深圳南山店",
        "SOUTH",
        "深圳",
        "深圳市南山区深南大道远途街 9 号",
        "0755-55500109",
    ),
    Unit(
        "CD01",
        "store",
        "远途 成都锦江店",
        "D-CHENGDU",
        "成都",
        "成都市锦江区红星路远途街 3 号",
        "028-55500103",
    ),
)
UNITS = REGIONS + PARTNERS + STORES
DEALER_KINDS = ("dealer", "mall")
