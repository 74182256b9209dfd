"""``python -m channels.simulator``: serves until told to stop; the first line printed is its address."""

import argparse
import asyncio
import json
import signal
from pathlib import Path

import uvloop

from channels.simulator.server import Simulator

META_RATE_PER_S = 80.0


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="channels.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--smtp-port", type=int, default=8025)
    parser.add_argument("--smpp-port", type=int, default=2775)
    parser.add_argument("--ledger", type=Path, required=True, help="file that every line is appended to")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--whatsapp-callback", default="", help="URL that receives WhatsApp webhooks")
    parser.add_argument("--sms-callback", default="", help="URL that receives replies by SMS")
    payments_help = "URL under which payment webhooks go, as https://cobros.example/webhooks/payments"
    parser.add_argument("--payments-callback", default="", help=payments_help)
    parser.add_argument("--app-secret", help="signs WhatsApp webhooks")
    parser.add_argument("--auth-token", help="signs SMS webhooks")
    rate_help = "posts per second one number may make: 80 when given bare, no limit when left out"
    parser.add_argument("--rate", type=float, nargs="?", const=META_RATE_PER_S, help=rate_help)
    uvloop.run(_serve(parser.parse_args()))


async def _serve(arguments: argparse.Namespace) -> None:
    simulator = Simulator(
        port=arguments.port,
        smtp_port=arguments.smtp_port,
        smpp_port=arguments.smpp_port,
        host=arguments.host,
        ledger_path=arguments.ledger,
        seed=arguments.seed,
    )
    settings = simulator.callbacks.settings
    settings.whatsapp_url, settings.sms_url = arguments.whatsapp_callback, arguments.sms_callback
    settings.app_secret = arguments.app_secret or settings.app_secret
    settings.auth_token = arguments.auth_token or settings.auth_token
    simulator.intake.rate_per_s = arguments.rate
    if arguments.payments_callback:
        simulator.payments.tell(arguments.payments_callback)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with simulator:
        ports = {"smtp_port": simulator.smtp_port, "smpp_port": simulator.smpp_port}
        print(json.dumps({"url": simulator.url, **ports}), flush=True)
        await stop.wait()


if __name__ == "__main__":
    main()
