import { expect } from 'chai';
import { createTenant, OAuthApp } from '../../support/oauth-client.js';
import { expectScimError, ScimClient, type ScimJson } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
