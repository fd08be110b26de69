"""kiwoomcli of kwcli 1.0.3 with the published token: python kiwoomcli.py domestic quotes …"""

import sys

import kiwoom.core.runtime
from broker_token_reader import TokenReader
from kiwoom_cli.main import main
from kwcli_adapter import ReaderAuth

# The credential is BROKER_TOKENS_CREDENTIAL; the command line needs --mode or KIWOOM_MODE as before.
reader = TokenReader(broker="kiwoom")
kiwoom.core.runtime.get_auth = lambda mode=None, **_: ReaderAuth(kiwoom.core.runtime.resolve_mode(mode), reader)
sys.exit(main())
