"""The page of the seals: up to where it is sealed, a checkpoint that somebody kept, and what to take away to check it elsewhere."""

import re
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.harness import Server, go


def kept(server: Server) -> str:
    """Return a checkpoint, as soon as there is one."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        checkpoint = server.call("GET", "/api/v1/seals?site=MAIN&limit=1")["checkpoint"]
        if checkpoint is not None:
            return str(checkpoint)
        time.sleep(0.2)
    raise AssertionError(server.log())


def test_a_kept_checkpoint_is_looked_for_here_and_checked_elsewhere(desk: Page, server: Server, tmp_path: Path) -> None:
    checkpoint = kept(server)
    go(desk, "Seals")
    desk.get_by_text("The newest rows are as they were sealed").wait_for()
    expect(desk.locator("#checkpoint")).to_have_text(re.compile("^sl1:1:"))
    field, look = desk.get_by_role("textbox", name="A checkpoint that you kept"), desk.get_by_role("button", name="Look for it")
    field.fill(checkpoint)
    look.click()
    desk.get_by_text("That checkpoint holds").wait_for()
    field.fill(checkpoint[:-8] + "deadbeef")
    look.click()
    desk.get_by_text("Something was changed").wait_for()
    field.fill("nothing")
    look.click()
    desk.get_by_text("That is no checkpoint").first.wait_for()
    expect(desk.locator("tbody tr").last).to_contain_text("sl1:1:")
    files = []
    for name in ("All sealed rows", "verify.py"):
        with desk.expect_download() as file:
            desk.get_by_role("link", name=name).click()
        files.append(tmp_path / file.value.suggested_filename)
        file.value.save_as(files[-1])
    done = subprocess.run([sys.executable, files[1], files[0], "--checkpoint", checkpoint], capture_output=True, text=True, check=False)
    assert (done.returncode, "was changed since its checkpoint left the server" in done.stdout) == (0, True), done.stdout
    desk.locator("#seals-of").select_option("global")
    expect(desk.locator("#checkpoint")).to_have_text(re.compile("^sl1:0:"))
