"""A small stand-in for the JD gateway: sign, tokens, limits, faults before and after the effect, changes between two pages.

Standard library only, so that the tests need nothing but the repository. It answers over HTTP (`serve`), with the control
plane /_emu/* that the big emulator has too, and in the process (`take`), for tests with hundreds of runs.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from .jd_double_goods import Goods, Refusal, Thing
from .jd_double_orders import Orders

BEFORE = ("timeout", "reset", "http", "empty", "html")
AFTER = ("slow", "malformed", "lost")
WORDS = {"2": ("限制时间内调用失败次数", "App Call Limited"), "8": ("非法的时间戳参数", "Invalid Timestamp"), "12": ("无效签名", "Invalid Signature"),
         "15": ("不存在的方法名", "Invalid Method"), "18": ("缺少access_token参数", "Missing access_token"), "19": ("token已过期或者不存在，请重新授权", "Invalid access_token"),
         "21": ("key=%s 信息无效", "Invalid app_key"), "61": ("参数%s值不合法", "parameter %s is not valid"), "66": ("平台连接后端服务不可用", "back-end service not available")}


PLACES = ((2, "上海", 0), (2813, "静安区", 2), (51976, "城区", 2813), (1, "北京", 0), (72, "朝阳区", 1), (2799, "三环以内", 72), (2839, "四环到五环之间", 72),
          (19, "广东", 0), (1607, "深圳市", 19), (3155, "南山区", 1607), (62170, "粤海街道", 3155), (62171, "西丽街道", 3155))


class Lost(Exception):
    """No answer comes back: the connection ends."""


class JdDouble:
    def __init__(self, products: Thing, *, app_key: str = "testkey", app_secret: str = "testsecret", access_token: str = "tokA", qps: int = 0, max_page: int = 100,
                 price_as_string: bool = False, refresh_rotates: bool = False, skew: int = 360, token_ttl: int = 86400, thin: bool = False, late_cancel: bool = False) -> None:
        self.goods = Goods(products, price_text=price_as_string, max_page=max_page, thin=thin)
        self.orders = Orders(self.goods, late_cancel=late_cancel)
        self.app_key, self.app_secret, self.qps, self.skew, self.ttl, self.rotates = app_key, app_secret, qps, skew, token_ttl, refresh_rotates
        self.tokens = {access_token: time.time() + token_ttl}
        self.refresh_tokens = {"refreshA": access_token}
        self.codes: set[str] = set()
        self.faults: list[Thing] = []
        self.scenarios: list[Thing] = []
        self.log: list[Thing] = []
        self.watch: Callable[[], None] = lambda: None
        self.hits: dict[str, deque[float]] = {}
        self.lock = threading.RLock()
        self.port = 0
        goods, orders = self.goods, self.orders
        self.methods: dict[str, Callable[[Thing], Thing]] = {
            "jingdong.ware.read.searchWare4Valid": lambda asked: goods.search_wares(asked, deleted=False),
            "jingdong.ware.read.searchWare4Recycled": lambda asked: goods.search_wares(asked, deleted=True),
            "jingdong.ware.read.findWareById": goods.ware, "jingdong.image.read.findImagesByWareId": goods.images,
            "jingdong.sku.read.searchSkuList": goods.search_skus, "jingdong.stock.read.findSkuStock": goods.stocks,
            "jingdong.ware.price.get": goods.prices, "jingdong.category.read.findById": goods.category,
            "jingdong.vender.shop.query": lambda asked: {"shop_jos_result": {"vender_id": goods.shop["venderId"], "shop_name": goods.shop["shopName"]}},
            "jingdong.stock.write.updateSkuStock": goods.set_stock, "jingdong.stock.write.increaseSkuStock": goods.change_stock,
            "jingdong.price.write.updateSkuJdPrice": goods.set_price,
            "jingdong.pop.order.enSearch": orders.search, "jingdong.pop.order.enGet": orders.get, "jingdong.pop.order.shipment": orders.ship,
            "jingdong.ctp.order.submitOrder": orders.submit, "jingdong.ctp.order.querySubmitOrder": orders.query, "jingdong.ctp.order.pushOrder": orders.push,
            "jingdong.ctp.order.getOrderDetail": orders.detail, "jingdong.ctp.order.cancelOrder": orders.cancel, "jingdong.ctp.order.getLogistics": orders.logistics,
            "jingdong.ctp.order.getFreightFee": orders.freight, "jingdong.ctp.ware.stock.queryAreaStockState": orders.area_stock,
            "jingdong.ctp.afs.operate.apply.getApplyReason": orders.reasons, "jingdong.ctp.afs.operate.apply.createAfsApply": orders.apply_after_sale,
            "jingdong.ctp.afs.servicenbill.getAfsServiceDetail": orders.after_sale,
            **dict.fromkeys((f"jingdong.areas.{level}.get" for level in ("province", "city", "county", "town")), self.places),
            "jd.union.open.goods.query": orders.pool, "jd.union.open.promotion.common.get": orders.promote,
            "jd.union.open.promotion.bysubunionid.get": orders.promote, "jd.union.open.order.row.query": orders.union_rows,
        }

    def places(self, asked: Thing) -> Thing:
        below = [{"areaId": key, "areaName": name, "parentId": parent, "status": 1} for key, name, parent in PLACES if parent == int(asked.get("parent_id", 0))]
        return {"baseAreaServiceResponse": {"resultCode": 0, "data": below}}

    # ---- one call: (status, body), or Lost
    def take(self, form: dict[str, str]) -> tuple[int, bytes]:
        method, fault, page = form.get("method", ""), None, None
        with self.lock:
            try:
                asked = self._checked(form, method)
                inner = next((asked[name] for name in ("goodsReqDTO", "orderReq") if name in asked), asked)
                page = int(inner.get("pageNo") or inner.get("pageIndex") or inner.get("page") or 0) or None
                fault = self._fault(method, page)
                if fault and fault["kind"] == "error":
                    raise Refusal(str(fault.get("code", "66")))
                body = {} if fault and fault["kind"] in BEFORE else self._called(method, asked, page)
                code = "0"
            except Refusal as refusal:
                code, body = refusal.code, self._error(refusal)
            self.log.append({"t": time.time(), "method": method, "code": code, "page": page, "fault": fault and fault["kind"]})
        return self._sent(fault, json.dumps(body, ensure_ascii=False).encode())

    def _checked(self, form: dict[str, str], method: str) -> Thing:
        if form.get("app_key") != self.app_key:
            raise Refusal("21", form.get("app_key", ""))
        moment = datetime.strptime(form["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone(timedelta(hours=8)))
        if abs(moment.timestamp() - time.time()) > self.skew:
            raise Refusal("8")
        signed = self.app_secret + "".join(name + form[name] for name in sorted(form) if name != "sign" and form[name]) + self.app_secret
        if hashlib.md5(signed.encode()).hexdigest().upper() != form.get("sign"):
            raise Refusal("12")
        if method not in self.methods:
            raise Refusal("15")
        if not method.startswith(("jd.union.", "jingdong.areas.")):
            if not form.get("access_token"):
                raise Refusal("18")
            if self.tokens.get(form["access_token"], 0) < time.time():
                raise Refusal("19")
        self._count(method)
        asked = json.loads(form["360buy_param_json"])
        assert isinstance(asked, dict)
        return asked

    def _count(self, method: str) -> None:
        hits, now = self.hits.setdefault(method, deque()), time.time()
        while hits and hits[0] <= now - 1:
            hits.popleft()
        if self.qps and len(hits) >= self.qps:
            raise Refusal("2")
        hits.append(now)

    def _called(self, method: str, asked: Thing, page: int | None) -> Thing:
        told = self.methods[method](asked)
        if "alliance" in told:
            name = "getResult" if "promotion" in method else "queryResult"
            told = {name: json.dumps(told["alliance"], ensure_ascii=False)}
        for scene in self.scenarios:
            fits = fnmatch.fnmatch(method, scene.get("method", "jingdong.ware.read.searchWare4Valid")) and int(scene.get("page", 1)) == (page or 1)
            if scene.get("times", 1) > 0 and fits:
                scene["times"] = scene.get("times", 1) - 1
                self.goods.happen(**{name: value for name, value in scene.items() if name not in ("times", "method", "page")})
                self.watch()
        return {method.replace(".", "_") + "_responce": {"code": "0", "request_id": uuid.uuid4().hex, **told}}

    def _error(self, refusal: Refusal) -> Thing:
        zh, en = WORDS.get(refusal.code, ("出错", "error"))
        return {"error_response": {"code": refusal.code, "zh_desc": zh % refusal.words if "%s" in zh else zh, "en_desc": en % refusal.words if "%s" in en else en}}

    def _fault(self, method: str, page: int | None) -> Thing | None:
        for fault in self.faults:
            if not fnmatch.fnmatch(method, fault.get("method", "*")) or fault.get("page") not in (None, page):
                continue
            fault["seen"] = fault.get("seen", 0) + 1
            if fault["seen"] <= int(fault.get("after", 0)) or fault.get("count", 1) == 0:
                continue
            fault["count"] = fault.get("count", 1) - 1
            return fault
        return None

    def _sent(self, fault: Thing | None, body: bytes) -> tuple[int, bytes]:
        kind = fault["kind"] if fault else ""
        if kind in ("timeout", "slow"):
            time.sleep(float(fault.get("seconds", 1)) if fault else 0)
        if kind in ("timeout", "reset", "lost"):
            raise Lost(kind)
        if kind == "http":
            return int(fault.get("status", 502)) if fault else 502, b"<html><h1>502</h1></html>"
        if kind in ("empty", "html"):
            return 200, b"" if kind == "empty" else "<!doctype html><html>系统繁忙</html>".encode()
        return 200, body[:max(1, len(body) * 2 // 3)] if kind == "malformed" else body

    # ---- OAuth, both generations
    def grant(self, asked: dict[str, str]) -> Thing:
        key, secret = asked.get("app_key") or asked.get("client_id"), asked.get("app_secret") or asked.get("client_secret")
        with self.lock:
            if key != self.app_key or secret != self.app_secret:
                return {"code": 401, "msg": "app_key或app_secret错误"}
            if asked.get("grant_type") == "authorization_code":
                if asked.get("code") not in self.codes:
                    return {"code": 402, "msg": "code无效或已使用"}
                self.codes.discard(asked["code"])
                return self._issued(uuid.uuid4().hex)
            token = self.refresh_tokens.pop(asked.get("refresh_token", ""), None)
            if token is None:
                return {"code": 403, "msg": "refresh_token无效"}
            if self.rotates:
                self.tokens.pop(token, None)
            return self._issued(uuid.uuid4().hex if self.rotates else token)

    def _issued(self, token: str) -> Thing:
        refresh = uuid.uuid4().hex
        self.tokens[token], self.refresh_tokens[refresh] = time.time() + self.ttl, token
        return {"access_token": token, "refresh_token": refresh, "expires_in": self.ttl, "time": str(int(time.time() * 1000)), "token_type": "bearer", "user_nick": "示例", "code": 0}

    # ---- the control plane
    def control(self, what: str, told: Any) -> Any:
        with self.lock:
            if what == "state":
                return {"wares": self.goods.state(), "orders": list(self.orders.orders.values())}
            if what == "log":
                return self.log
            if what in ("faults", "scenario"):
                target = self.faults if what == "faults" else self.scenarios
                target.extend(told if isinstance(told, list) else [told])
            elif what in ("faults/clear", "scenario/clear"):
                (self.faults if what.startswith("faults") else self.scenarios).clear()
            elif what == "tokens/expire":
                self.tokens = dict.fromkeys(self.tokens, 0.0)
            elif what == "order":
                return self.orders.place(told["items"])
            elif what == "order/advance":
                return self.orders.advance(int(told["orderId"]), told["to"])
            elif what == "union_order":
                return self.orders.union_order(told["p"], num=int(told.get("num", 1)), at=told.get("at"))
            elif what == "union_order/advance":
                self.orders.union_advance(int(told["orderId"]), told["to"], num=int(told.get("num", 0)), at=told.get("at"))
        return {}


@contextmanager
def serve(double: JdDouble) -> Iterator[str]:
    """The double on a port of its own; answers its address."""
    handler = type("Handler", (_Handler,), {"double": double})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    double.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{double.port}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    double: JdDouble
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answered()

    def do_POST(self) -> None:
        self._answered()

    def _answered(self) -> None:
        url = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = dict(parse_qsl(url.query))
        if url.path.startswith("/_emu/"):
            return self._send(200, json.dumps(self.double.control(url.path[6:], json.loads(raw or b"{}"))).encode())
        if url.path in ("/oauth2/to_login", "/oauth/authorize"):
            code = uuid.uuid4().hex[:6]
            self.double.codes.add(code)
            return self._send(302, b"", {"Location": f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query.get('state', '')})}"})
        if url.path.startswith("/oauth"):
            fault = self.double._fault("oauth", None)
            told = json.dumps(self.double.grant(query)).encode()
            return self._close() if fault else self._send(200, told)
        try:
            status, body = self.double.take(dict(parse_qsl(raw.decode())))
        except Lost:
            return self._close()
        return self._send(status, body)

    def _close(self) -> None:
        self.close_connection = True

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
