using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;

namespace SaaS.Core.RateLimiting;

/// <summary>
/// Buffers the request body within a deadline before the endpoint runs, so that a slow client holds no shared resource such as a database
/// connection. The bytes stay in the server's buffer and are not copied.
/// </summary>
internal sealed class RequestBodyMiddleware(RequestDelegate next, IOptions<RequestLimitOptions> options, TimeProvider clock)
{
    public Task InvokeAsync(HttpContext http) => RequestBody.IsBuffered(http) ? ReceiveAsync(http) : next(http);

    private async Task ReceiveAsync(HttpContext http)
    {
        var body = http.Request.BodyReader;
        using var deadline = new CancellationTokenSource(options.Value.BodyTimeout, clock);
        await using (deadline.Token.Register(body.CancelPendingRead))
        {
            var isComplete = false;
            while (!isComplete && !deadline.IsCancellationRequested)
            {
                if (!body.TryRead(out var received))
                {
                    http.Features.Set(new AwaitedBodyFeature());
                    received = await body.ReadAsync(http.RequestAborted);
                }

                body.AdvanceTo(received.Buffer.Start, received.Buffer.End);
                isComplete = received.IsCompleted;
            }
        }

        if (deadline.IsCancellationRequested)
        {
            http.Response.Headers.Connection = "close"; // the rest of the body is not read
            throw new BadHttpRequestException("The request body was not received in time.", StatusCodes.Status408RequestTimeout);
        }

        await next(http);
    }
}
