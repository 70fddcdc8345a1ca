using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Http;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>What can be checked.</summary>
/// <param name="Total">How many services.</param>
/// <param name="Checks">The services, by name.</param>
public sealed record CheckList(int Total, IReadOnlyList<DeclaredCheck> Checks);

/// <summary>A service that can be checked.</summary>
/// <param name="Service">Its name.</param>
/// <param name="DeadlineSeconds">How long its answer may take; null for what is answered at once.</param>
public sealed record DeclaredCheck(string Service, double? DeadlineSeconds);

internal static class ListChecks
{
    internal static void Map(RouteGroupBuilder monitoring) => monitoring.MapGet("/checks", Handle);

    /// <summary>Lists the services that can be checked, and asks none of them.</summary>
    internal static Ok<ApiResponse<CheckList>> Handle(ServiceChecks services) =>
        ApiResponse.Ok(new CheckList(services.Deadlines.Count, [.. services.Deadlines.Select(check => new DeclaredCheck(check.Key, check.Value?.TotalSeconds))]), "Checks retrieved");
}
