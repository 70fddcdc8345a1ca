using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;

namespace SaaS.Core.RateLimiting;

/// <summary>
/// Receives a body whole, within a deadline, before its route begins: nothing that others wait for, such as a connection to a
/// database, is held while the caller sends slowly. The bytes stay where the server has received them.
/// </summary>
internal sealed class RequestBodyMiddleware(RequestDelegate next, IOptions<RequestLimitOptions> options, TimeProvider clock)
{
    public Task InvokeAsync(HttpContext http) => RequestBody.IsReceivedFirst(http) ? ReceiveAsync(http) : next(http);

    private async Task ReceiveAsync(HttpContext http)
    {
        var body = http.Request.BodyReader;
        using var deadline = new CancellationTokenSource(options.Value.BodyTimeout, clock);
        await using (deadline.Token.Register(body.CancelPendingRead))
        {
            for (var isComplete = false; !isComplete && !deadline.IsCancellationRequested;)
            {
                if (!body.TryRead(out var received))
                {
                    http.Features.Set(new AwaitedBody());
                    received = await body.ReadAsync(http.RequestAborted);
                }

                body.AdvanceTo(received.Buffer.Start, received.Buffer.End);
                isComplete = received.IsCompleted;
            }
        }

        if (deadline.IsCancellationRequested)
        {
            http.Response.Headers.Connection = "close"; // the rest is not waited for either
            throw new BadHttpRequestException("The body did not come in time.", StatusCodes.Status408RequestTimeout);
        }

        await next(http);
    }
}
