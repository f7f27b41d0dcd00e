// The API's own description in Swagger UI; everything is served from here.
"use strict";
const target = document.getElementById("api");
window.SwaggerUIBundle({
  url: target.dataset.url,
  domNode: target,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  validatorUrl: null,
});
