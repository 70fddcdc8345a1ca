using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Fuzzing;

/// <summary>
/// Tests every operation of the OpenAPI document as every kind of user in two tenants, with valid and invalid requests, on backing services
/// of its own because an operator's requests reach everything. <c>FUZZ_REQUESTS</c> sets their number (3,000 by default, 50,000 and more at
/// night), and <c>FUZZ_SEED</c> repeats a run: seed and number determine the choices of each request.
/// </summary>
public sealed class ApiFuzzTests(OwnCluster cluster, ITestOutputHelper output) : IClassFixture<OwnCluster>
{
    private const int RequestsPerStage = 1_000;
    private const int AtOnce = 8;
    private const int ShownFaults = 60;

    /// <summary>
    /// Operations that take access away from a user, so they come last and in this order: a password, a role, a tenant, an account, a
    /// session.
    /// </summary>
    private static readonly string[] Endings =
    [
        "PUT /api/users/me/password",
        "PUT /api/tenants/{tenantId}/users/{userId}",
        "PATCH /api/tenants/{tenantId}/users/{userId}",
        "DELETE /api/tenants/{tenantId}/users/{userId}",
        "DELETE /api/tenants/{tenantId}",
        "POST /api/tenants/{tenantId}/restore",
        "DELETE /api/admin/tenants/{tenantId}",
        "POST /api/admin/tenants/{tenantId}/restore",
        "POST /api/admin/users/{userId}/deactivate",
        "DELETE /api/users/me/sessions",
        "POST /api/auth/sso/azure/logout/{tenantId}",
        "POST /api/auth/logout",
    ];

    private readonly ConcurrentDictionary<string, string> _faults = [];
    private readonly ConcurrentDictionary<string, int> _statuses = [];
    private readonly ConcurrentDictionary<string, bool> _succeeded = [];

    [Fact]
    public async Task Random_requests_get_documented_responses_and_reveal_no_foreign_data()
    {
        var requests = NumberIn("FUZZ_REQUESTS") ?? 3_000;
        var seed = NumberIn("FUZZ_SEED") ?? (NumberIn("FUZZ_REQUESTS") is null ? 1 : (ulong)TimeProvider.System.GetUtcNow().UtcTicks);
        output.WriteLine($"FUZZ_REQUESTS={requests} FUZZ_SEED={seed}");
        await using var api = cluster.NewApi(
            new Dictionary<string, string?>
            {
                ["SignIn:FreeAttemptsPerAddress"] = "100000", // all requests come from one address
                ["Tenants:MaxPerUser"] = "10000",
                ["Entra:Authority"] = "http://127.0.0.1:9", // nothing listens there
                ["Entra:AttemptTimeout"] = "00:00:01",
                ["Dns:Resolver"] = "127.0.0.1:9",
                ["Dns:Timeout"] = "00:00:01",
            }
        );
        api.Start();
        var operations = await ApiOperation.ReadAllAsync(api);

        for (ulong first = 0; first < requests; first += RequestsPerStage)
        {
            var stage = await FuzzedStage.SetAsync(api, (int)(first / RequestsPerStage));
            var play = Enumerable
                .Range((int)first, (int)Math.Min(RequestsPerStage, requests - first))
                .Select(number => new RequestGenerator(operations, stage, new Dice((uint)number, seed)).Next())
                .GroupBy(request => Array.IndexOf(Endings, request.Operation.Name))
                .OrderBy(act => act.Key);
            var check = new ResponseCheck(operations[0].Document, stage);
            foreach (var act in play)
            {
                await PlayAsync(api, check, act);
            }
        }

        output.WriteLine(string.Join(", ", _statuses.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}: {pair.Value}")));
        Assert.True(
            _faults.IsEmpty,
            $"FUZZ_SEED={seed}: {_faults.Count} faults\n{string.Join("\n\n", _faults.OrderBy(pair => pair.Key).Take(ShownFaults).Select(pair => pair.Value))}"
        );
        output.WriteLine(
            $"Never done: {string.Join(", ", operations.Select(operation => operation.Name).Where(name => !_succeeded.GetValueOrDefault(name)))}"
        );
        Assert.True(
            _succeeded.Count(one => one.Value) * 2 > operations.Count,
            "Half of the operations never did what was asked: the generator has lost its way"
        );
    }

    private async Task PlayAsync(ApiUnderTest api, ResponseCheck check, IEnumerable<FuzzedRequest> requests)
    {
        // Follows no redirects and stores no cookies: each response belongs to the request that was made.
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = api.ClientOptions.BaseAddress,
        };
        await Parallel.ForEachAsync(
            requests,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = TestContext.Current.CancellationToken },
            async (request, ct) =>
            {
                using var message = request.ToMessage();
                using var answer = await client.SendAsync(message, ct);
                var body = await answer.Content.ReadAsByteArrayAsync(ct);
                _statuses.AddOrUpdate(((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture), 1, (_, count) => count + 1);
                _succeeded.AddOrUpdate(
                    request.Operation.Name,
                    (int)answer.StatusCode < 400,
                    (_, before) => before || (int)answer.StatusCode < 400
                );
                if (check.FindFault(request, answer, body) is { } fault)
                {
                    // One fault of each kind is enough to read.
                    _faults.TryAdd(
                        $"{request.Operation.Name} {Encoding.UTF8.GetString([.. Encoding.UTF8.GetBytes(fault).Take(24)])}",
                        $"{request.Operation.Name}: {Shortened(fault)}\n{Shortened(request.ToCurl())}"
                    );
                }
            }
        );
    }

    private static string Shortened(string text) => text.Length <= 1_500 ? text : $"{text[..1_500]}…";

    private static ulong? NumberIn(string variable) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
