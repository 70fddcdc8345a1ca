using System.Net.Http.Json;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Entra;
using SaaS.Infrastructure.Encryption;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.SchemaMigration;

/// <summary>
/// Tests that a complete dump of the databases, as an attacker could steal it, contains all rows but none of the secrets.
/// </summary>
public sealed class DumpTests(SaaSApp app, SsoApi sso) : IClassFixture<SsoApi>
{
    [Fact]
    public async Task A_database_dump_contains_the_rows_but_no_secrets()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.UploadAsync("content"u8.ToArray(), "in-the-dump.pdf");
        await tenant.DrainAsync();
        var row = await app.InControlAsync(db => db.Tenants.SingleAsync(candidate => candidate.Id == tenant.Id));
        var password = await app
            .Services.GetRequiredService<Cipher>()
            .DecryptAsync(row.EncryptedDatabasePassword, tenant.Id, TenantDatabase.PasswordPurpose, CancellationToken.None);
        Dictionary<string, string> secrets = new()
        {
            ["the password of the tenant's role"] = password,
            ["the password of a person"] = TestUser.Password,
            ["an access token"] = tenant.Admin.AccessToken.Split('.')[2],
            ["a refresh token"] = tenant.Admin.RefreshToken.Split('.')[^1],
            ["the key that tokens are signed with"] = app.Setting("Jwt:SigningKey"),
            ["the master key"] = app.Setting("Encryption:MasterKey"),
        };

        foreach (var (name, secret) in await SignInThroughDirectoryAsync())
        {
            secrets.Add(name, secret);
        }

        var dump = await DumpAsync("saas_platform") + await DumpAsync(row.DatabaseName);

        // The dump is complete: non-secret values are in it.
        Assert.All(
            [tenant.Admin.Email, "in-the-dump.pdf", row.EncryptedDatabasePassword, "cipher_keys", "sso_identities", "SCRAM-SHA-256$"],
            found => Assert.Contains(found, dump, StringComparison.Ordinal)
        );
        foreach (var (name, secret) in secrets)
        {
            Assert.True(secret.Length >= 10, name);
            Assert.All(
                FormsOf(secret),
                form => Assert.False(dump.Contains(form, StringComparison.OrdinalIgnoreCase), $"The dump has {name}")
            );
        }
    }

    // Secrets that a tenant's identity provider entrusts to us.
    private async Task<Dictionary<string, string>> SignInThroughDirectoryAsync()
    {
        await using var tenant = await SsoTenant.CreateAsync(sso);
        var member = await tenant.EnterAsync(tenant.AddPerson());
        using var client = sso.Api.NewClient(member.RefreshToken);
        using var refreshed = await client.PostAsJsonAsync("/api/auth/sso/azure/refresh", new { tenant_id = tenant.Id });
        await refreshed.ReadAsync(HttpStatusCode.OK);
        using var info = await member.Http.GetAsync($"/api/auth/sso/azure/user-info?tenant_id={tenant.Id}");
        await info.ReadAsync(HttpStatusCode.OK);
        using var named = await tenant.Admin.PostAsync($"{tenant.Path}/break-glass", content: null);
        return new()
        {
            ["a client secret"] = tenant.Application.ClientSecrets[0],
            ["an access token of the provider"] = sso.Entra.Requests.Last(EntraEndpoint.GraphMe)!.Authorization!["Bearer ".Length..],
            ["a refresh token of the provider"] = sso.Entra.Requests.Last(EntraEndpoint.Token)!.Form["refresh_token"],
            ["the secret of an authenticator"] = (await named.ReadDataAsync()).GetProperty("secret").GetString()!,
        };
    }

    // As text, as bytes of a bytea column, as base64, and decoded from base64 as bytes of a bytea column.
    private static IEnumerable<string> FormsOf(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        yield return secret;
        yield return Convert.ToHexString(bytes);
        yield return Convert.ToBase64String(bytes).TrimEnd('=');
        var decoded = new byte[secret.Length];
        if (Convert.TryFromBase64String(secret, decoded, out var length) && length >= 16)
        {
            yield return Convert.ToHexString(decoded, 0, length);
        }
    }

    // Every table of the database, system tables included, as the superuser reads them.
    private async Task<string> DumpAsync(string database)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(app.Setting("ConnectionStrings:postgres"))
            {
                Database = database,
                Pooling = false,
            }.ConnectionString
        );
        await connection.OpenAsync();
        var tables = new List<string>();
        await using (
            var list = new NpgsqlCommand(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname <> 'information_schema' ORDER BY 1",
                connection
            )
        )
        await using (var reader = await list.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                tables.Add(reader.GetString(0));
            }
        }

        var dump = new StringBuilder();
        foreach (var table in tables)
        {
            using var copy = await connection.BeginTextExportAsync($"COPY {table} TO STDOUT");
            dump.AppendLine(table).AppendLine(await copy.ReadToEndAsync());
        }

        return dump.ToString();
    }
}
