using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;

namespace SaaS.Benchmarks;

/// <summary>
/// A minimal API: Kestrel, validation of the token signature, plain SQL, JSON. No session check, tracing, metrics or problem details.
/// </summary>
internal static class BareEndpoint
{
    internal const string Route = "/api/users/me";
    internal const string Files = "/files";
    internal const string FilesFolder = "FilesFolder";
    internal const string Health = "/health/ready";

    /// <summary>The argument that makes this program run as this host.</summary>
    internal const string Role = "serve-bare-endpoint";

    private const string Row =
        "SELECT id, first_name, last_name, email, email_verified_at IS NOT NULL, is_active, is_platform_admin, must_change_password, created_at, updated_at FROM users WHERE id = $1";

    internal static async Task<int> ServeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.Configure<KestrelServerOptions>(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = 1024 * 1024;
        });
        builder.Services.AddWireFormat();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddOptions<JwtOptions>().BindConfiguration("Jwt");
        builder.Services.AddSingleton<SigningKeyRing>();
        builder.Services.AddSingleton<SignedTokens>();
        builder.Services.AddSingleton(provider => new AccessTokens(
            provider.GetRequiredService<SignedTokens>(),
            Options.Create(new SaaS.Core.Identity.Sessions.SessionOptions())
        ));

        // Reads the signing keys once a minute.
        builder.Services.AddDbContextPool<ControlDbContext>(
            (provider, options) => options.UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>()).UseSnakeCaseNamingConvention()
        );
        builder.Services.AddSingleton(
            new NpgsqlDataSourceBuilder(
                new NpgsqlConnectionStringBuilder(builder.Configuration.GetConnectionString("saas-platform"))
                {
                    MaxPoolSize = 40,
                }.ConnectionString
            ).Build()
        );
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        builder.Services.AddSingleton<IConfigureOptions<JwtBearerOptions>>(provider => new ConfigureNamedOptions<JwtBearerOptions>(
            JwtBearerDefaults.AuthenticationScheme,
            options =>
            {
                options.MapInboundClaims = false;
                options.TokenValidationParameters = provider.GetRequiredService<AccessTokens>().Validation;
            }
        ));
        builder.Services.AddAuthorization();

        await using var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapGet(Route, HandleAsync).RequireAuthorization();
        if (builder.Configuration[FilesFolder] is { } folder)
        {
            app.UseStaticFiles(
                new StaticFileOptions
                {
                    FileProvider = new PhysicalFileProvider(folder),
                    RequestPath = Files,
                    ServeUnknownFileTypes = true,
                }
            );
        }

        if (builder.Configuration.GetConnectionString(BareDocuments.Database) is { } tenant)
        {
            BareDocuments.Map(app, NpgsqlDataSource.Create(tenant));
        }

        app.MapGet(Health, () => TypedResults.Ok());
        await app.RunAsync();
        return 0;
    }

    private static async Task<Results<Ok<ApiResponse<UserView>>, NotFound>> HandleAsync(
        HttpContext http,
        NpgsqlDataSource database,
        CancellationToken ct
    )
    {
        await using var command = database.CreateCommand(Row);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.Parse(http.User.FindFirst("sub")!.Value) });
        await using var row = await command.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct)
            ? ApiResponse.Ok(
                new UserView(
                    row.GetGuid(0),
                    row.GetString(1),
                    row.GetString(2),
                    row.GetString(3),
                    row.GetBoolean(4),
                    row.GetBoolean(5),
                    row.GetBoolean(6),
                    row.GetBoolean(7),
                    row.GetFieldValue<DateTimeOffset>(8),
                    row.GetFieldValue<DateTimeOffset>(9)
                ),
                "Profile retrieved"
            )
            : TypedResults.NotFound();
    }
}
