using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Architecture;

/// <summary>
/// Tests that the OpenAPI document, the endpoint metadata and the behavior of every operation match <see cref="RouteTable"/>.
/// </summary>
public sealed class RouteTableTests(SaaSApp app)
{
    /// <summary>Operations that <see cref="TenantMatrixTests.Bodies"/> cannot complete, with the test that does.</summary>
    private static readonly Dictionary<string, string> CompletedElsewhere = new()
    {
        ["POST /api/tenants/{tenantId}/restore"] = nameof(Tenancy.TenantLifecycleTests),
        ["POST /api/tenants/{tenantId}/sso/config"] = nameof(Identity.Sso.SsoConfigurationTests),
        ["POST /api/tenants/{tenantId}/sso/domains/{domain}/verify"] = nameof(Identity.Sso.SsoConfigurationTests),
        ["POST /api/tenants/{tenantId}/sso/break-glass/confirm"] = nameof(Identity.Sso.SsoConfigurationTests),
        ["DELETE /api/files/{tenantId}/files/{fileId}"] = nameof(Documents.Files.FileTests),
    };

    [Fact]
    public async Task The_route_table_matches_the_OpenAPI_document()
    {
        var stated = (await ApiOperation.ReadAllAsync(app)).Select(operation =>
            (operation.Name, operation.NeedsSignIn, operation.Role, operation.Scope, TakesKey(operation))
        );

        Assert.Equal(
            RouteTable
                .Routes.Select(route => (route.Name, route.Access is not RouteAccess.Anybody, route.Role, route.Scope, route.TakesKey))
                .Order(),
            stated.Order()
        );
    }

    [Fact]
    public void Each_rate_limit_matches_the_route_table()
    {
        var limited = app
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal))
            .SelectMany(route =>
                route.Metadata.GetMetadata<RateLimitMetadata>() is { } limit
                    ? route
                        .Metadata.GetMetadata<HttpMethodMetadata>()!
                        .HttpMethods.Select(method => ($"{method} {WithoutConstraints(route)}", limit.Class))
                    : []
            );

        Assert.Equal(
            RouteTable.Routes.Where(route => route.Limit is not null).Select(route => (route.Name, route.Limit!.Value)).Order(),
            limited.Order()
        );
    }

    [Fact]
    public void Each_recent_proof_matches_the_route_table()
    {
        var proved = app
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .SelectMany(route =>
                route.Metadata.GetMetadata<RequiredRecentProof>() is { } proof
                    ? route
                        .Metadata.GetMetadata<HttpMethodMetadata>()!
                        .HttpMethods.Select(method =>
                            (
                                $"{method} {WithoutConstraints(route)}",
                                proof.AcceptsPassword ? RouteProof.PasswordOrRecent : RouteProof.Recent
                            )
                        )
                    : []
            );

        Assert.Equal(
            RouteTable.Routes.Where(route => route.Proof is not RouteProof.None).Select(route => (route.Name, route.Proof)).Order(),
            proved.Order()
        );
    }

    [Fact]
    public async Task Operator_routes_are_denied_to_ordinary_users()
    {
        var (ordinary, operating) = (await TestUser.RegisterAsync(app), await TestUser.OperatorAsync(app));
        foreach (
            var operation in (await ApiOperation.ReadAllAsync(app)).Where(operation =>
                RouteTable.Of(operation.Name).Access is RouteAccess.Operator
            )
        )
        {
            var ids = operation.PathParameters.ToDictionary(name => name, _ => Guid.CreateVersion7(DateTimeOffset.UnixEpoch).ToString());
            using var refused = await ordinary.Http.SendAsync(operation.RequestWith(ids));
            using var allowed = await operating.Http.SendAsync(operation.RequestWith(ids));

            Assert.Equal((operation.Name, "FORBIDDEN"), (operation.Name, await refused.ReadProblemAsync(HttpStatusCode.Forbidden)));
            Assert.True(
                allowed.StatusCode is not (HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized),
                $"{operation.Name}: {(int)allowed.StatusCode}"
            );
        }
    }

    [Fact]
    public async Task Changes_to_a_tenant_publish_the_events_in_the_table()
    {
        var incomplete = new List<string>();
        foreach (
            var operation in (await ApiOperation.ReadAllAsync(app)).Where(operation => operation is { Role: not null, Method: not "GET" })
        )
        {
            await using var tenant = await TestTenant.CreateAsync(app);
            var ids = await TenantIds.PlantAsync(app, tenant);
            await tenant.DrainAsync();
            var before = await EventsAsync(tenant.Id);
            using var answer = await tenant.Admin.Http.SendAsync(TenantMatrixTests.RequestOf(operation, ids));
            if (!answer.IsSuccessStatusCode)
            {
                incomplete.Add(operation.Name);
                continue;
            }

            await tenant.DrainAsync();
            Assert.Equal(
                (operation.Name, string.Join(' ', RouteTable.Of(operation.Name).Events)),
                (operation.Name, string.Join(' ', (await EventsAsync(tenant.Id)).Skip(before.Count).Order()))
            );
        }

        Assert.Equal(CompletedElsewhere.Keys.Order(), incomplete.Order());
    }

    private static bool TakesKey(ApiOperation operation) =>
        operation.Description.TryGetProperty("parameters", out var parameters)
        && parameters.EnumerateArray().Any(parameter => parameter.GetProperty("name").GetString() == "Idempotency-Key");

    private static string WithoutConstraints(RouteEndpoint route) =>
        string.Join(
            '/',
            route
                .RoutePattern.RawText!.TrimEnd('/')
                .Split('/')
                .Select(segment => segment.StartsWith('{') ? $"{segment.Split(':')[0].TrimEnd('}')}}}" : segment)
        );

    /// <summary>Returns the types of the events that the transport has carried for a tenant, in the transport's order.</summary>
    private async Task<List<string>> EventsAsync(Guid tenantId)
    {
        await using var command = app
            .Services.GetRequiredService<NpgsqlDataSource>()
            .CreateCommand("SELECT value FROM event_log WHERE key = $1 ORDER BY position");
        command.Parameters.Add(new() { Value = tenantId.ToString() });
        await using var reader = await command.ExecuteReaderAsync();
        var types = new List<string>();
        while (await reader.ReadAsync())
        {
            types.Add(JsonDocument.Parse(reader.GetString(0)).RootElement.GetProperty("type").GetString()!);
        }

        return types;
    }
}
