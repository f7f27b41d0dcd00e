"""Webhook endpoint (回调地址): where a brand's own system hears what happened; each delivery is signed, retried, replayable."""
