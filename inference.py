"""The baseline agent against a running environment; see the package lab.baseline_agent.

ENV_BASE_URL says where it runs; API_BASE_URL, MODEL_NAME and HF_TOKEN which model plays. Without a model, rules do.
"""

import sys

from lab.baseline_agent.main import main

if __name__ == "__main__":
    sys.exit(main())
