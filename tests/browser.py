"""`python -m tests.browser`: downloads Playwright's Chromium, starts it once, and prints where it is.

For a machine without a Chromium of its own; `./run test` calls it and passes the answer on as CHROMIUM.
"""

import subprocess
import sys

from playwright.sync_api import Error, sync_playwright


def main() -> None:
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        raise SystemExit("Playwright could not download its Chromium.")
    with sync_playwright() as playwright:
        try:
            playwright.chromium.launch(args=["--no-sandbox"]).close()
        except Error as error:
            raise SystemExit(f"Chromium was downloaded but does not start:\n{error}") from None
        sys.stdout.write(playwright.chromium.executable_path + "\n")


if __name__ == "__main__":
    main()
