"""WeChat's public platform (公众平台): the JS-SDK of share cards, and template messages to who made herself known to the account."""
