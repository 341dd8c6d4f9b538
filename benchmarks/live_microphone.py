"""How long the live microphone takes to answer, and whether it lasts, in a real browser.

Chromium's fake microphone plays synthesised orders again and again. The page notes when the very
track that is sent falls silent, and when the answer is on the screen; both by the browser's clock.

Run with `python -m benchmarks.live_microphone`; `--minutes 10` streams for ten minutes and compares
the delay and the server's memory at the start and at the end. Needs Debian's chromium and a quiet
machine.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil
from playwright.sync_api import Browser, Page

from slu.audio.decode import decode
from slu.audio.wav import write_wav
from slu.config import CorpusConfig, load_config
from slu.samples import draw_samples
from tests.chromium import chromium
from tests.ui.harness import ROOT, make_project, serving

N_ORDERS = 12
PAUSE_S = 1.5
MICROPHONE_RATE = 48_000
FRAME = 'iframe[title="streamlit_webrtc.component.webrtc_streamer"]'

# In every frame: listen to the track that is sent, and note when it was last loud.
LISTEN = """
const add = RTCPeerConnection.prototype.addTrack;
RTCPeerConnection.prototype.addTrack = function (track, ...streams) {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 512 });
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const block = new Float32Array(analyser.fftSize);
  setInterval(() => {
    analyser.getFloatTimeDomainData(block);
    if (block.some((sample) => Math.abs(sample) > 0.01)) window.top.lastLoud = Date.now();
  }, 5);
  return add.call(this, track, ...streams);
};
"""
# In the page: note when the panel turns from a guess to an answer, at each frame that is drawn.
WATCH = """
() => {
  const find = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.matches(".panel[data-tone]")) return node;
      const inside = node.shadowRoot && find(node.shadowRoot);
      if (inside) return inside;
    }
    return null;
  };
  let panel = null;
  let before = null;
  window.answers = [];
  window.panels = 0;
  const look = () => {
    if (!panel?.isConnected) {
      panel = find(document);
      window.panels += 1;
    }
    const tone = panel?.dataset.tone ?? before;
    if (before === "guess" && (tone === "understood" || tone === "rejected"))
      window.answers.push([window.lastLoud, Date.now(), tone]);
    before = tone;
    requestAnimationFrame(look);
  };
  look();
}
"""


@dataclass(frozen=True)
class Stretch:
    """What was seen in a stretch of time."""

    delays_ms: list[float]
    """From the end of speech to the answer on the screen."""
    compute_ms: list[float]
    """Of the same answers, as the log has it."""
    rejected: int
    rss_mb: float
    """Of the server, at the end."""


def write_orders(path: Path) -> None:
    """Orders with pauses between them, for the fake microphone to play in a loop."""
    corpus = load_config(CorpusConfig, ROOT / "configs/corpus.yaml")
    pause = np.zeros(int(PAUSE_S * MICROPHONE_RATE), np.float32)
    spoken = [
        part
        for sample in draw_samples(corpus, N_ORDERS, seed=11)
        for part in (decode(sample.speak(), MICROPHONE_RATE), pause)
    ]
    write_wav(path, np.concatenate(spoken), MICROPHONE_RATE)


def start(browser: Browser, url: str) -> Page:
    """Open the page and let it listen."""
    context = browser.new_context(
        permissions=["microphone"], viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.add_init_script(LISTEN)
    page.goto(f"{url}/Predict")
    page.get_by_role("tab", name="Live").click()
    page.frame_locator(FRAME).get_by_role("button", name="Start").click()
    page.locator('.panel[data-state="speaking"]').wait_for()
    page.evaluate(WATCH)
    return page


def look(page: Page, root: Path, server: psutil.Process, n_answers: int) -> Stretch:
    """Watch until so many more answers were seen."""
    log = root / "logs/inference.log"
    n_before = len(log.read_text("utf-8").splitlines()) if log.exists() else 0
    page.evaluate("window.answers.length = 0")
    while page.evaluate("window.answers.length") < n_answers:
        if page.locator('.panel[data-state="off"]').is_visible():
            raise SystemExit("the stream broke down; run it again on a machine that is less busy")
        page.wait_for_timeout(500)
    answers = page.evaluate("window.answers")
    rows = [json.loads(line) for line in log.read_text("utf-8").splitlines()[n_before:]]
    return Stretch(
        [shown - loud for loud, shown, _ in answers],
        [row["latency_ms"] for row in rows],
        sum(tone == "rejected" for *_, tone in answers),
        server.memory_info().rss / 1e6,
    )


def tell(name: str, stretch: Stretch) -> None:
    """Print one line."""
    delay = np.percentile(stretch.delays_ms, [50, 95])
    compute = np.percentile(stretch.compute_ms, [50, 95])
    sys.stdout.write(
        f"{name:<14} {len(stretch.delays_ms):4d} answers ({stretch.rejected} not understood)  "
        f"delay p50 {delay[0]:4.0f} p95 {delay[1]:4.0f} ms  "
        f"compute p50 {compute[0]:5.1f} p95 {compute[1]:5.1f} ms  "
        f"server {stretch.rss_mb:4.0f} MB  load {psutil.getloadavg()[0]:.1f}\n"
    )
    sys.stdout.flush()


def measure(browser: Browser, root: Path, url: str, n_answers: int, minutes: float) -> None:
    """Print the figures of the start and, after a long stream, of the end."""
    page = start(browser, url)
    server = next(
        process
        for process in psutil.process_iter(["cmdline"])
        if f"--server.port {url.rpartition(':')[2]}" in " ".join(process.info["cmdline"] or [])
    )
    began = time.monotonic()
    look(page, root, server, 3)  # the first ones load and prepare
    tell("start", look(page, root, server, n_answers))
    while time.monotonic() - began < 60 * minutes:
        page.wait_for_timeout(1000)
    if minutes:
        tell(f"at {minutes:g} minutes", look(page, root, server, n_answers))


def main() -> None:
    """Serve a project with the shipped models, and talk to it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=24, help="of which the delay is told")
    parser.add_argument("--minutes", type=float, default=0.0, help="of streaming before the end")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        root = Path(folder)
        make_project(root)
        write_orders(root / "microphone.wav")
        with chromium(root / "microphone.wav") as browser, serving(root) as url:
            measure(browser, root, url, asked.answers, asked.minutes)


if __name__ == "__main__":
    main()
