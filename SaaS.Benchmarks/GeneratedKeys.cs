using Npgsql;
using SaaS.Core.Tenancy.ServiceAccounts;

namespace SaaS.Benchmarks;

/// <summary>API keys of one service account, inserted directly, because 100,000 over HTTP would take too long.</summary>
internal static class GeneratedKeys
{
    /// <returns>The keys.</returns>
    internal static async Task<IReadOnlyList<string>> FillAsync(SystemUnderMeasurement system, Guid tenant, int count, CancellationToken ct)
    {
        string[] keys = [.. Enumerable.Range(0, count).Select(_ => ApiKeyText.Create(tenant))];
        await using var connection = await system.OpenControlAsync(ct);
        await using var fill = new NpgsqlCommand(
            """
            WITH account AS (
                INSERT INTO service_accounts (id, tenant_id, name, description, role, created_by, created_at, updated_at)
                VALUES (gen_random_uuid(), $1, 'Importer', '', 'User', gen_random_uuid(), now(), now()) RETURNING id)
            INSERT INTO api_keys (id, service_account_id, name, hint, key_hash, scopes, allowed_networks, created_by, created_at, expires_at)
            SELECT gen_random_uuid(), account.id, 'Nightly import', 'saas_', hash, ARRAY['documents:read'], ARRAY[]::text[], gen_random_uuid(), now(), now() + interval '1 year'
            FROM account, unnest($2) hash
            """,
            connection
        )
        {
            CommandTimeout = 0,
            Parameters =
            {
                new() { Value = tenant },
                new() { Value = Array.ConvertAll(keys, ApiKeyText.ComputeHash) },
            },
        };
        await fill.ExecuteNonQueryAsync(ct);
        await system.ExecuteAsync(system.ControlDatabase, "ANALYZE service_accounts, api_keys", ct);
        return keys;
    }
}
