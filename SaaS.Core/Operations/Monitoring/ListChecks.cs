using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>The available checks.</summary>
/// <param name="Total">Number of services.</param>
/// <param name="Checks">The checks, ordered by service name.</param>
public sealed record CheckList(int Total, IReadOnlyList<DeclaredCheck> Checks);

/// <summary>An available check.</summary>
/// <param name="Service">The name of the service.</param>
/// <param name="DeadlineSeconds">Timeout of the check (seconds); null if it has none.</param>
public sealed record DeclaredCheck(string Service, double? DeadlineSeconds);

internal static class ListChecks
{
    internal static void Map(RouteGroupBuilder monitoring) => monitoring.MapGet("/checks", Handle);

    /// <summary>Lists the available checks without running them.</summary>
    internal static Ok<ApiResponse<CheckList>> Handle(ServiceChecks services) =>
        ApiResponse.Ok(
            new CheckList(
                services.Deadlines.Count,
                [.. services.Deadlines.Select(check => new DeclaredCheck(check.Key, check.Value?.TotalSeconds))]
            ),
            "Checks retrieved"
        );
}
