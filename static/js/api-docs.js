/* The API's documentation: Swagger UI over the schema. Whoever is signed in may try calls as himself. */
(function () {
  'use strict';
  var element = document.getElementById('api-docs');

  function withCsrfToken(request) {
    var cookie = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie);
    if (cookie && request.method && request.method !== 'GET') request.headers['X-CSRFToken'] = cookie[1];
    return request;
  }

  window.SwaggerUIBundle({
    url: element.dataset.schema,
    domNode: element,
    deepLinking: true,
    requestInterceptor: withCsrfToken
  });
}());
