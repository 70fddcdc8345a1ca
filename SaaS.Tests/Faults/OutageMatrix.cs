using SaaS.Core.Access;
using SaaS.Tests.Access;
using SaaS.Tests.Architecture;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Faults;

/// <summary>
/// Sends every operation of the OpenAPI document, new ones included, with a valid token and password while a backing service is
/// unavailable. A 401, 403, 429 or 500 is then allowed only where the operation also returns it while everything works.
/// </summary>
internal sealed class OutageMatrix
{
    /// <summary>Longer than signing keys and sessions are cached, and shorter than the lifetime of an access token.</summary>
    private static readonly TimeSpan PastCaches = TimeSpan.FromMinutes(2);

    private readonly SaaSApp _app;
    private readonly Dictionary<string, string?> _settings;
    private Dictionary<string, HttpStatusCode> _deserved = [];

    private OutageMatrix(SaaSApp app, Dictionary<string, string?> settings)
    {
        _app = app;
        _settings = new(settings) { ["Requests:PerAccount"] = "1000", ["Uploads:PerAccount"] = "100" };
    }

    /// <param name="settings">The configuration of the API under test.</param>
    public static async Task<OutageMatrix> BeginAsync(SaaSApp app, Dictionary<string, string?> settings)
    {
        var matrix = new OutageMatrix(app, settings);
        var answers = await matrix.SendAllAsync(() => Task.CompletedTask, () => Task.CompletedTask, isAtOnce: false);
        matrix._deserved = answers.ToDictionary(answer => answer.Name, answer => answer.Status);
        Assert.All(answers, answer => Assert.True((int)answer.Status < 500, $"{answer.Name} with everything well: {answer}"));
        return matrix;
    }

    /// <summary>Returns the same checks for an API with other settings.</summary>
    public OutageMatrix With(Dictionary<string, string?> settings) => new(_app, settings) { _deserved = _deserved };

    /// <param name="begin">Breaks something, once the API has begun to use it.</param>
    /// <param name="end">Repairs it.</param>
    /// <param name="least">The minimum number of operations that must return 503; if none do, nothing was broken.</param>
    /// <param name="isAtOnce">Sends all operations at the same time, for faults where each waits until a timeout.</param>
    public async Task CheckAsync(Func<Task> begin, Func<Task> end, int least, bool isAtOnce = false)
    {
        var answers = await SendAllAsync(begin, end, isAtOnce);
        var wrong = answers
            .Where(answer =>
                answer.Status switch
                {
                    HttpStatusCode.ServiceUnavailable => !answer.HasRetryAfter,
                    HttpStatusCode.Unauthorized
                    or HttpStatusCode.Forbidden
                    or HttpStatusCode.TooManyRequests
                    or >= HttpStatusCode.InternalServerError => answer.Status != _deserved[answer.Name],
                    _ => false,
                }
            )
            .ToList();
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        var unavailable = answers.Count(answer => answer.Status is HttpStatusCode.ServiceUnavailable);
        Assert.True(unavailable >= least, $"Only {unavailable} of {answers.Count} operations need what was broken");
    }

    private async Task<IReadOnlyList<OutageResponse>> SendAllAsync(Func<Task> begin, Func<Task> end, bool isAtOnce)
    {
        var clock = new ShiftedClock();
        await using var tenant = await TestTenant.CreateAsync(_app, mayLeaveDeadLetters: true);
        var ids = await TenantIds.PlantAsync(_app, tenant);
        var (operator_, target) = (await TestUser.OperatorAsync(_app), await TestUser.RegisterAsync(_app));
        var (person, leaver) = (await TestUser.RegisterAsync(_app), await TestUser.RegisterAsync(_app));
        await using var api = _app.StartApi(_settings, clock);
        using var admin = api.NewClient(tenant.Admin.AccessToken);
        using var overseer = api.NewClient(operator_.AccessToken);
        using var anonymous = api.NewClient();
        foreach (var client in new[] { admin, overseer })
        {
            using var warm = await client.GetAsync("/api/users/me");
            Assert.Equal(HttpStatusCode.OK, warm.StatusCode);
        }

        var bodies = BodiesOf(person, leaver);
        var operations = (await ApiOperation.ReadAllAsync(api)).OrderBy(RankOf).ToList();
        await begin();
        clock.Ahead = PastCaches;
        try
        {
            return isAtOnce ? await Task.WhenAll(operations.Select(SendAsync)) : await SendInOrderAsync();
        }
        finally
        {
            await end();
        }

        async Task<IReadOnlyList<OutageResponse>> SendInOrderAsync()
        {
            var answers = new List<OutageResponse>();
            foreach (var operation in operations)
            {
                answers.Add(await SendAsync(operation));
            }

            return answers;
        }

        async Task<OutageResponse> SendAsync(ApiOperation operation)
        {
            var values = operation.PathParameters.ToDictionary(
                parameter => parameter,
                parameter =>
                    parameter switch
                    {
                        "userId" when operation.Role is null => target.Id.ToString(),
                        "name" => "purge-job-runs",
                        "service" => "postgres",
                        _ => ids.ByName.GetValueOrDefault(parameter) ?? Guid.CreateVersion7(DateTimeOffset.UnixEpoch).ToString(),
                    }
            );
            var known = operation.Role is null ? RevokedAccessDuringRequestTests.Bodies : TenantMatrixTests.Bodies;
            var body =
                bodies.GetValueOrDefault(operation.Name)
                ?? known.GetValueOrDefault(operation.Name)?.Invoke(ids)
                ?? SmallPoolTests.AnonymousBodies.GetValueOrDefault(operation.Name);
            var client =
                !operation.NeedsSignIn ? anonymous
                : operation.Role is null ? overseer
                : admin;
            using var request = operation.RequestWith(values, body);
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            var text = (int)answer.StatusCode < 400 ? "" : await answer.Content.ReadAsStringAsync();
            return new OutageResponse(operation.Name, answer.StatusCode, answer.Headers.RetryAfter is not null, text);
        }
    }

    // Requests with valid credentials.
    private static Dictionary<string, object> BodiesOf(TestUser person, TestUser leaver) =>
        new()
        {
            ["POST /api/auth/register"] = new
            {
                first_name = "Ada",
                last_name = "Lovelace",
                email = TestUser.NewEmail(),
                password = TestUser.Password,
            },
            ["POST /api/auth/login"] = new { email = person.Email, password = TestUser.Password },
            ["POST /api/auth/refresh"] = new { refresh_token = person.RefreshToken },
            ["POST /api/auth/logout"] = new { refresh_token = leaver.RefreshToken },
            ["POST /api/auth/sso/break-glass/{tenantId}"] = new
            {
                email = person.Email,
                password = TestUser.Password,
                code = "123456",
            },
        };

    // Operations that end something run after those that need it.
    private static int RankOf(ApiOperation operation) =>
        operation switch
        {
            { Name: "DELETE /api/tenants/{tenantId}" } => 5,
            { Method: "DELETE" } => 4,
            { Name: "POST /api/auth/logout" or "PUT /api/users/me/password" } => 3,
            { Method: "GET" } => 0,
            { Role: TenantRole.Admin } => 2,
            _ => 1,
        };

    private sealed record OutageResponse(string Name, HttpStatusCode Status, bool HasRetryAfter, string Text)
    {
        public override string ToString() => $"{Name}: {(int)Status}{(HasRetryAfter ? " with Retry-After" : "")} {Text}";
    }
}
