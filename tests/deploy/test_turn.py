"""coturn, as configured: relays for whoever knows the secret, and for nobody else."""

import os
import subprocess
from pathlib import Path

from tests.deploy.conftest import ROOT, Start, find_program, free_port

CONFIG = ROOT / "deploy" / "coturn" / "turnserver.conf"


def relay(port: int, password: str) -> str:
    """Send ten packets to oneself through the server; gives what became of them."""
    client = find_program("turnutils_uclient")
    options = ["-y", "-c", "-n", "10", "-m", "1", "-p", str(port), "-u", "studio", "-w", password]
    done = subprocess.run(
        [client, *options, "127.0.0.1"], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout + done.stderr


def test_it_relays_with_the_secret_alone(start: Start, tmp_path: Path) -> None:
    port = free_port()
    # The client of the test is on this computer, where no relay should lead otherwise.
    config = CONFIG.read_text("utf-8").replace("listening-port=3478", f"listening-port={port}")
    local = "\nlistening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nallow-loopback-peers\ncli-password=x\n"
    (tmp_path / "turnserver.conf").write_text(config + local)
    options = ["--user=studio:a long secret", "--realm=localhost", "--db", str(tmp_path / "db")]
    command = ["turnserver", "-c", "turnserver.conf", "--pidfile", str(tmp_path / "pid"), *options]
    start(command, port, dict(os.environ))

    assert "tot_recv_msgs=20" in relay(port, "a long secret")
    assert "tot_recv_msgs=20" not in relay(port, "a guess")
