using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace SaaS.ServiceDefaults;

/// <summary>Answers HEAD on every GET endpoint (RFC 9110, section 9.3.2).</summary>
public static class HeadRequests
{
    /// <summary>
    /// Adds routing that resolves HEAD to the GET endpoint. The endpoint still sees HEAD and can skip work for the content, which the
    /// server does not send.
    /// </summary>
    public static void UseRoutingWithHead(this WebApplication app)
    {
        app.Use(
            (http, next) =>
            {
                if (HttpMethods.IsHead(http.Request.Method))
                {
                    http.Request.Method = HttpMethods.Get;
                    http.Items[typeof(HeadRequests)] = true;
                }

                http.Response.OnStarting(AllowHead, http.Response);
                return next(http);
            }
        );
        app.UseRouting();
        app.Use(
            (http, next) =>
            {
                if (http.Items.Remove(typeof(HeadRequests)))
                {
                    http.Request.Method = HttpMethods.Head;
                }

                return next(http);
            }
        );
    }

    private static Task AllowHead(object state)
    {
        var headers = ((HttpResponse)state).Headers;
        var methods = headers
            .Allow.SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .ToList();
        if (methods.Contains(HttpMethods.Get) && !methods.Contains(HttpMethods.Head))
        {
            headers.Allow = string.Join(", ", [.. methods, HttpMethods.Head]);
        }

        return Task.CompletedTask;
    }
}
