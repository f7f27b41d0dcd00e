"""WeChat's public platform (公众平台): what its JS-SDK needs so that a page can set its own share card."""
