"""kiwoomcli of kwcli 1.0.3 with the published token: python kiwoomcli.py domestic quotes …"""

import sys

from broker_token_reader import TokenReader
from kiwoom.core import runtime
from kiwoom_cli.main import main
from kwcli_adapter import ReaderAuth

# The credential is BROKER_TOKENS_CREDENTIAL; the command line needs --mode or KIWOOM_MODE as before.
reader = TokenReader(broker="kiwoom")
runtime.get_auth = lambda mode=None, **_: ReaderAuth(runtime.resolve_mode(mode), reader)
sys.exit(main())
