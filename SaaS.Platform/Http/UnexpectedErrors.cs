using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SaaS.Platform.Postgres;

namespace SaaS.Platform.Http;

/// <summary>
/// The one place that exceptions reach. What a caller caused becomes a refusal that says so, an engine that is away becomes
/// 503, and the rest is our fault: the log has all of it, the answer nothing but the trace id.
/// </summary>
internal sealed partial class UnexpectedErrors(ILogger<UnexpectedErrors> logger) : IExceptionHandler
{
    private static readonly Problem TenantsBusy = new(ProblemKind.Unavailable, "TENANTS_BUSY", "Too many tenants are busy at this moment; try again shortly") { RetryAfter = TimeSpan.FromSeconds(2) };

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.RequestAborted.IsCancellationRequested)
        {
            return true; // nobody is left to answer
        }

        var problem = RequestProblems.Of(exception) ?? OfEngine(exception) ?? HttpProblems.Unexpected;
        if (problem.Kind is ProblemKind.Unexpected)
        {
            LogUnexpected(exception, httpContext.Request.Method, httpContext.Features.Get<IExceptionHandlerFeature>()?.Endpoint?.DisplayName);
        }

        await problem.ToHttp().ExecuteAsync(httpContext);
        return true;
    }

    private Problem? OfEngine(Exception exception)
    {
        if (exception is TenantConnectionsExhaustedException)
        {
            return TenantsBusy;
        }

        if (!PostgresFailures.IsServerAway(exception))
        {
            return null;
        }

        LogEngineAway(exception);
        return HttpProblems.Unavailable;
    }

    [LoggerMessage(EventId = 5101, Level = LogLevel.Error, Message = "{Method} {Route} failed unexpectedly")]
    private partial void LogUnexpected(Exception exception, string method, string? route);

    [LoggerMessage(EventId = 5102, Level = LogLevel.Warning, Message = "PostgreSQL is away; the request was answered with 503")]
    private partial void LogEngineAway(Exception exception);
}
