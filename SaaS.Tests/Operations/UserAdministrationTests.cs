using System.ComponentModel.DataAnnotations;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Operations;
using SaaS.Core.Persistence;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Operations;

public sealed class UserAdministrationTests(SaaSApp app)
{
    [Fact]
    public async Task An_operator_finds_an_account_by_part_of_its_address_or_name()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        var user = await TestUser.RegisterAsync(app);
        using var byAddress = await operator_.Http.GetAsync($"/api/admin/users?search={user.Email[..8].ToUpperInvariant()}&is_active=true");
        using var wildcard = await operator_.Http.GetAsync("/api/admin/users?search=%25");
        using var one = await operator_.Http.GetAsync($"/api/admin/users/{user.Id}");

        Assert.Equal(
            user.Id,
            Assert.Single((await byAddress.ReadDataAsync()).GetProperty("users").EnumerateArray()).GetProperty("id").GetGuid()
        );
        Assert.Empty((await wildcard.ReadDataAsync()).GetProperty("users").EnumerateArray());
        Assert.Equal(user.Email, (await one.ReadDataAsync()).GetProperty("email").GetString());
    }

    [Fact]
    public async Task A_deactivated_account_loses_access_immediately_until_reactivated()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        var user = await TestUser.RegisterAsync(app);
        using var warm = await user.Http.GetAsync("/api/users/me"); // the session is cached now
        using var deactivated = await operator_.Http.PostAsync($"/api/admin/users/{user.Id}/deactivate", content: null);
        Assert.False((await deactivated.ReadDataAsync()).GetProperty("is_active").GetBoolean());

        using var profile = await user.Http.GetAsync("/api/users/me");
        using var refresh = await user.Http.PostAsJsonAsync("/api/auth/refresh", new { refresh_token = user.RefreshToken });
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (profile.StatusCode, refresh.StatusCode));

        using var reactivated = await operator_.Http.PostAsync($"/api/admin/users/{user.Id}/reactivate", content: null);
        Assert.Equal(HttpStatusCode.OK, reactivated.StatusCode);
        await TestUser.LogInAsync(app, user.Email);
    }

    [Fact]
    public async Task Admin_operations_are_denied_to_users_without_operator_role()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var user = await TestUser.RegisterAsync(app);
        foreach (
            var operation in (await ApiOperation.ReadAllAsync(app)).Where(operation =>
                operation.Path.StartsWith("/api/admin", StringComparison.Ordinal)
            )
        )
        {
            // A tenant's admin has no permissions here.
            using var answer = await tenant.Admin.Http.SendAsync(
                operation.RequestWith(operation.PathParameters.ToDictionary(name => name, _ => user.Id.ToString()))
            );
            Assert.Equal((operation.Name, HttpStatusCode.Forbidden), (operation.Name, answer.StatusCode));
        }
    }

    [Fact]
    public async Task Operators_cannot_deactivate_themselves_or_each_other_concurrently()
    {
        var (one, other) = (await TestUser.OperatorAsync(app), await TestUser.OperatorAsync(app));
        using var self = await one.Http.PostAsync($"/api/admin/users/{one.Id}/deactivate", content: null);
        Assert.Equal("CANNOT_DEACTIVATE_SELF", await self.ReadProblemAsync(HttpStatusCode.Conflict));

        var answers = await Task.WhenAll(
            one.Http.PostAsync($"/api/admin/users/{other.Id}/deactivate", content: null),
            other.Http.PostAsync($"/api/admin/users/{one.Id}/deactivate", content: null)
        );
        Assert.Single(answers, answer => answer.StatusCode is HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_operator_has_no_access_to_tenant_data()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var operator_ = await TestUser.OperatorAsync(app);
        using var answer = await operator_.Http.GetAsync(tenant.Path);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task The_default_password_gives_access_only_to_the_password_change()
    {
        var email = TestUser.NewEmail();
        Assert.Equal(PlatformAdminOutcome.Created, await CreateAsync(email, password: null, environment: "Development"));
        var admin = await TestUser.LogInAsync(app, email, CreatePlatformAdmin.DefaultPassword);

        using var list = await admin.Http.GetAsync("/api/admin/users");
        Assert.Equal("PASSWORD_CHANGE_REQUIRED", await list.ReadProblemAsync(HttpStatusCode.Forbidden));
        using var profile = await admin.Http.GetAsync("/api/users/me");
        Assert.True((await profile.ReadDataAsync()).GetProperty("must_change_password").GetBoolean());

        using var changed = await admin.Http.PutAsJsonAsync(
            "/api/users/me/password",
            new { current_password = CreatePlatformAdmin.DefaultPassword, new_password = "Difference1822" }
        );
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        using var after = await admin.Http.GetAsync("/api/admin/users");
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    [Fact]
    public async Task The_default_password_exists_only_in_development() =>
        await Assert.ThrowsAsync<ValidationException>(() => CreateAsync(TestUser.NewEmail(), password: null, environment: "Production"));

    [Fact]
    public async Task An_existing_account_is_left_unchanged()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        var user = await TestUser.RegisterAsync(app);

        Assert.Equal(PlatformAdminOutcome.AlreadyExists, await CreateAsync(operator_.Email, "Another1843", "Production"));
        Assert.Equal(PlatformAdminOutcome.TakenByUser, await CreateAsync(user.Email, "Another1843", "Production"));
        using var list = await user.Http.GetAsync("/api/admin/users");
        Assert.Equal(HttpStatusCode.Forbidden, list.StatusCode);
        await TestUser.LogInAsync(app, operator_.Email);
    }

    private async Task<PlatformAdminOutcome> CreateAsync(string email, string? password, string environment)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var services = scope.ServiceProvider;
        var create = new CreatePlatformAdmin(
            services.GetRequiredService<ControlDbContext>(),
            services.GetRequiredService<Passwords>(),
            new HostingEnvironment(environment),
            TimeProvider.System
        );
        return await create.RunAsync(new PlatformAdmin(email, "Grace", "Hopper", password), TestContext.Current.CancellationToken);
    }

    private sealed class HostingEnvironment(string name) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = name;

        public string ApplicationName { get; set; } = "SaaS.Worker";

        public string ContentRootPath { get; set; } = AppContext.BaseDirectory;

        public Microsoft.Extensions.FileProviders.IFileProvider ContentRootFileProvider { get; set; } =
            new Microsoft.Extensions.FileProviders.NullFileProvider();
    }
}
