"""One business sentence per file, told in calls to the domains; gateways come in as arguments."""
