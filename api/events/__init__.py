"""What the pets did: listed, corrected, and its clips over HTTP."""
