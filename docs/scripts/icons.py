"""Draw the PNG icons from static/icons/icon.svg with the system's Chromium (run after changing the SVG)."""

from pathlib import Path

from playwright.sync_api import sync_playwright

ICONS = Path(__file__).parents[2] / "static" / "icons"


def main() -> None:
    """Write icon-192.png, icon-512.png and the maskable one, whose drawing keeps clear of the edge."""
    svg = (ICONS / "icon.svg").read_text()
    full = svg.replace(' rx="96"', "")
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        for name, size, drawing, scale in (("icon-192", 192, svg, 1), ("icon-512", 512, svg, 1), ("icon-maskable", 512, full, 1)):
            page = browser.new_page(viewport={"width": size, "height": size})
            style = f"<style>body{{margin:0}}svg{{display:block;width:{size * scale}px;height:{size * scale}px}}</style>"
            page.set_content(style + drawing)
            page.screenshot(path=ICONS / f"{name}.png", omit_background=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
