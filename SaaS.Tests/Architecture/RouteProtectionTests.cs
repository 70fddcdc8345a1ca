extern alias scheduler;

using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Identity.Mfa;
using SaaS.Core.Identity.Sessions;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Architecture;

/// <summary>Tests that all routes with the same action have the same guard, on every host. New routes are covered automatically.</summary>
public sealed class RouteProtectionTests(SaaSApp app)
{
    private static readonly Type[] Checkers =
    [
        typeof(VerifyPassword),
        typeof(VerifyCurrentPassword),
        typeof(ChangePassword),
        typeof(ConfirmAddress),
        typeof(SetPassword),
        typeof(CompleteSignIn),
        typeof(CompletePasskeySignIn),
        typeof(VerifySecondFactor),
    ];

    [Theory]
    [InlineData("api")]
    [InlineData("scheduler")]
    public void Every_route_that_accepts_a_password_is_rate_limited_by_address(string host)
    {
        var routes = Routes(host).Where(route => Handler(route) is { } handler && handler.GetParameters().Any(TakesPassword)).ToList();
        Assert.Contains(routes, route => route.RoutePattern.RawText == "/jobs/sign-in");
        Assert.All(
            routes,
            route =>
                Assert.True(
                    route.Metadata.GetMetadata<RateLimitMetadata>() is { Class: RateLimitClass.SignIn or RateLimitClass.Registration },
                    $"{route.DisplayName} takes a password and is not limited"
                )
        );
        if (host == "api")
        {
            Assert.True(routes.Count >= 9, $"only {routes.Count} routes take a password");
        }
    }

    [Fact]
    public void Every_route_that_writes_a_filename_or_media_type_is_tested()
    {
        var found = Routes("api")
            .Where(route =>
                Handler(route)
                    ?.GetParameters()
                    .Any(parameter =>
                        Records(parameter.ParameterType)
                            .Any(type => type.GetProperty("Filename") is not null || type.GetProperty("MimeType") is not null)
                    )
                    is true
            )
            .Select(route =>
                $"{route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]} {route.RoutePattern.RawText!.Split("/documents")[1]}"
            )
            .Order();
        Assert.Equal(Doors.Select(door => door.Name).Where(name => name != "POST ").Order(), found); // the upload reads its form itself
    }

    [Theory]
    [InlineData("run.bat", null)]
    [InlineData("run.bat. .", null)]
    [InlineData("setup.EXE", null)]
    [InlineData("photo\u202egpj.exe", null)]
    [InlineData("photo\u202egpj.png", null)]
    [InlineData("photo\u2066gpj.png", null)]
    [InlineData("a/b.txt", null)]
    [InlineData(null, "text/javascript")]
    [InlineData(null, "application/hta")]
    [InlineData(null, "no type")]
    public async Task Every_route_rejects_an_invalid_filename_or_media_type(string? filename, string? mimeType)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = (await tenant.UploadAsync("plain words"u8.ToArray(), "plain.txt")).IdOf();
        foreach (var (name, send) in Doors)
        {
            using var answer = await send(tenant, document, filename, mimeType);
            Assert.True(
                await IsRefusedAsync(answer),
                $"{name} takes {filename ?? mimeType}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}"
            );
        }

        using var shown = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents/{document}");
        var now = await shown.ReadDataAsync();
        Assert.Equal(("plain.txt", "text/plain"), (now.GetProperty("filename").GetString(), now.GetProperty("mime_type").GetString()));
    }

    [Fact]
    public async Task Every_route_accepts_a_valid_filename()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = (await tenant.UploadAsync("plain words"u8.ToArray(), "plain.txt")).IdOf();
        foreach (var (name, send) in Doors)
        {
            using var answer = await send(tenant, document, "größe.csv", "text/csv");
            Assert.False(await IsRefusedAsync(answer), $"{name}: {await answer.Content.ReadAsStringAsync()}");
        }
    }

    [Fact]
    public async Task Anonymous_routes_do_not_reveal_tenants_without_single_sign_on()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var unknown = Guid.CreateVersion7(DateTimeOffset.UnixEpoch);
        using var nobody = app.NewClient();
        var routes = Routes("api")
            .Where(route =>
                route.Metadata.GetMetadata<IAllowAnonymous>() is not null
                && route.RoutePattern.GetParameter(TenantRoutes.TenantId) is not null
            )
            .ToList();
        Assert.NotEmpty(routes);
        foreach (var route in routes)
        {
            Assert.Equal(await AskAsync(route, unknown), await AskAsync(route, tenant.Id));
        }

        async Task<(string? Route, HttpStatusCode Status, string? Code, string? Available)> AskAsync(RouteEndpoint route, Guid id)
        {
            var method = route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0];
            using var request = new HttpRequestMessage(
                new HttpMethod(method),
                route.RoutePattern.RawText!.Replace("{tenantId:guid}", id.ToString(), StringComparison.Ordinal)
            );
            request.Content =
                method == "GET"
                    ? null
                    : JsonContent.Create(
                        new
                        {
                            email = TestUser.NewEmail(),
                            password = "Guessed1843",
                            code = "123456",
                        }
                    );
            using var answer = await nobody.SendAsync(request);
            var body = await answer.ReadAsync(answer.StatusCode);
            return (
                route.RoutePattern.RawText,
                answer.StatusCode,
                body.TryGetProperty("error", out var error) && error.ValueKind is JsonValueKind.Object
                    ? error.GetProperty("code").GetString()
                    : null,
                body.TryGetProperty("data", out var data)
                    ? data.GetRawText().Replace(id.ToString(), "{tenantId}", StringComparison.Ordinal)
                    : null
            );
        }
    }

    [Theory]
    [InlineData("api")]
    [InlineData("scheduler")]
    public async Task Anonymous_health_endpoints_reveal_no_job_results(string host)
    {
        using var client = host == "api" ? app.NewClient() : app.NewSchedulerClient();
        using var jobs = await client.GetAsync("/health/jobs");
        Assert.DoesNotContain("\"result\"", await jobs.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var ready = await client.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    [Fact]
    public async Task Readiness_results_are_cached_for_one_second()
    {
        await using var api = app.StartApi(clock: new StoppedClock());
        using var client = api.NewClient();
        var answers = new HashSet<string>();
        for (var turn = 0; turn < 5; turn++)
        {
            answers.Add(await client.GetStringAsync("/health/ready")); // contains the duration of each check in milliseconds
        }

        Assert.Single(answers);
    }

    private static readonly (string Name, Func<TestTenant, Guid, string?, string?, Task<HttpResponseMessage>> Send)[] Doors =
    [
        (
            "POST ",
            async (tenant, _, filename, mimeType) =>
            {
                using var form = TestTenant.FormOf(
                    "plain words"u8.ToArray(),
                    "plain.txt",
                    mimeType is null or "no type" ? "text/plain" : mimeType
                );
                form.Add(new StringContent(filename ?? "plain.txt"), "filename");
                form.Add(new StringContent(mimeType ?? "text/plain"), "mime_type");
                return await tenant.Admin.Http.PostAsync($"{tenant.Path}/documents", form);
            }
        ),
        (
            "PUT /{documentId:guid}",
            (tenant, document, filename, mimeType) =>
                tenant.Admin.Http.PutAsJsonAsync($"{tenant.Path}/documents/{document}", Change(filename, mimeType))
        ),
        (
            "PATCH /{documentId:guid}",
            (tenant, document, filename, mimeType) =>
                tenant.Admin.Http.PatchAsJsonAsync($"{tenant.Path}/documents/{document}", Change(filename, mimeType))
        ),
        (
            "POST /bulk-update",
            (tenant, document, filename, mimeType) =>
            {
                var item = Change(filename, mimeType);
                item["document_id"] = document.ToString();
                return tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/documents/bulk-update", new { documents = new[] { item } });
            }
        ),
    ];

    private static Dictionary<string, string> Change(string? filename, string? mimeType) =>
        new (string Name, string? Value)[] { ("filename", filename), ("mime_type", mimeType) }
            .Where(field => field.Value is not null)
            .ToDictionary(field => field.Name, field => field.Value!);

    // A batch request reports the result of each item.
    private static async Task<bool> IsRefusedAsync(HttpResponseMessage answer) =>
        answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.UnsupportedMediaType
        || (
            answer.StatusCode is HttpStatusCode.OK
            && (await answer.ReadDataAsync()).TryGetProperty("failed", out var failed)
            && failed.GetInt32() == 1
        );

    private List<RouteEndpoint> Routes(string host) =>
        [
            .. (host == "api" ? app.Services : app.SchedulerServices)
                .GetRequiredService<EndpointDataSource>()
                .Endpoints.OfType<RouteEndpoint>(),
        ];

    private static MethodInfo? Handler(RouteEndpoint route) => route.Metadata.GetMetadata<MethodInfo>();

    private static bool TakesPassword(ParameterInfo parameter) =>
        Checkers.Contains(parameter.ParameterType)
        || (
            parameter.ParameterType.Name == "Services"
            && parameter.ParameterType.GetProperties().Any(property => Checkers.Contains(property.PropertyType))
        )
        || Records(parameter.ParameterType)
            .Any(type => type.GetProperties().Any(property => property.Name.EndsWith("Password", StringComparison.Ordinal)));

    // The request record itself, and the records in its lists.
    private static IEnumerable<Type> Records(Type type) =>
        type.Namespace?.StartsWith("SaaS.Core", StringComparison.Ordinal) is true && type.Name.EndsWith("Request", StringComparison.Ordinal)
            ? type.GetProperties()
                .Select(property => property.PropertyType)
                .Where(one => one.IsGenericType)
                .SelectMany(one => one.GetGenericArguments())
                .Prepend(type)
            : [];

    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }
}
