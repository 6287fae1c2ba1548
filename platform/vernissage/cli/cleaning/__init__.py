"""`vernissage clean`: data sets, cleaned by the policy."""
