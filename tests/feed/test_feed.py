"""The feed: complete, in order, each row once at its newest number."""

from app import times
from tests.shop import Shop


def changes(shop: Shop, since: int = 0, limit: int = 500) -> list[dict[str, object]]:
    answer = shop.person("integration").get(f"/api/v1/feed?since={since}&limit={limit}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.json["next"] == (answer.json["rows"][-1]["journal"] if answer.json["rows"] else since)
    return list(answer.json["rows"])


def test_everything_that_changes_is_in_the_feed_in_order(shop: Shop) -> None:
    g = shop.gun
    start = shop.person("integration").get("/api/v1/feed?limit=500").json["next"]
    scan = g.scan("pick", location="A-01", barcode="PEN")
    g.send(scan)
    g.send(scan | {"quantity": "2"}, {"id": "x"})
    g.do("count", location="A-01", barcode="PEN")
    mystery = g.do("receive", location="A-01", barcode="MYSTERY")
    shop.person("supervisor").call("POST", f"/api/v1/scans/{mystery['id']}/resolution", {"dismiss": True})
    rows = changes(shop, since=start)
    assert [r["journal"] for r in rows] == sorted({r["journal"] for r in rows})  # type: ignore[type-var]
    kinds = [r["kind"] for r in rows]
    assert {k: kinds.count(k) for k in kinds} == {
        "scan": 3, "move": 1, "exception": 1, "conflict": 1, "malformed": 1, "count": 1, "sheet": 1, "resolution": 1,
    }  # fmt: skip
    assert times.parse(next(r for r in rows if r["kind"] == "scan")["occurred_at"])  # type: ignore[arg-type]


def test_paging_by_one_gives_the_same_as_one_page(shop: Shop) -> None:
    for n in range(3):
        shop.gun.do("receive", location="A-01", barcode="PEN", quantity=str(n + 1))
    whole = changes(shop)
    paged: list[dict[str, object]] = []
    while page := changes(shop, since=int(str(paged[-1]["journal"])) if paged else 0, limit=1):
        paged += page
    assert paged == whole


def test_a_bad_limit_or_another_epoch_is_told(shop: Shop) -> None:
    watcher = shop.person("integration")
    assert watcher.get("/api/v1/feed?limit=501").status_code == 400
    assert watcher.get("/api/v1/feed?since=-1").status_code == 400
    assert watcher.get("/api/v1/feed?epoch=other").json["code"] == "epoch_changed"


def test_a_device_may_not_read_the_feed(shop: Shop) -> None:
    assert shop.gun.get("/api/v1/feed?since=0").status_code == 403
