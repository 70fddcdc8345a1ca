using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.EndToEnd;

/// <summary>What a person does with the README in hand, through the processes that he starts.</summary>
public sealed class JourneyTests
{
    private static readonly byte[] Pdf = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "EndToEnd", "hello.pdf"));

    [Fact]
    public async Task A_document_makes_the_whole_journey_and_outlives_a_kill()
    {
        var data = Directory.CreateTempSubdirectory("saas-journey-").FullName;
        var email = TestUser.NewEmail();
        string document;

        await using (var stack = await StackUnderTest.StartAsync(data))
        {
            var (http, tenant) = await BeginAsync(stack, email);
            document = await UploadAsync(http, tenant);
            Assert.Equal(Pdf, await http.GetByteArrayAsync($"{document}/content"));
            await Eventually.HoldsAsync(
                async () => (await GetDataAsync(http, document)).GetProperty("file").GetProperty("verified_at").ValueKind is not JsonValueKind.Null,
                "the worker has not consumed document.uploaded");
            await Eventually.HoldsAsync(
                async () => (await http.GetStringAsync($"{stack.Scheduler}/health/jobs")).Contains("Succeeded", StringComparison.Ordinal),
                "no job has run");
            await Eventually.HoldsAsync(() => Task.FromResult(stack.Numbers.Count == 3), "the console has not told where the hosts' numbers are");
            Assert.All(await Task.WhenAll(stack.Numbers.Select(http.GetStringAsync)), page => Assert.Contains("dotnet_process_cpu_time_seconds_total", page, StringComparison.Ordinal));

            await KillAmidAnUploadAsync(stack, http, document);
            await Eventually.HoldsAsync(() => Task.FromResult(stack.Survivors().Count == 0), "kill -9 of the AppHost has left processes behind");
        }

        await using (var stack = await StackUnderTest.StartAsync(data))
        {
            var http = await LogInAsync(stack, email);
            Assert.Equal(Pdf, await http.GetByteArrayAsync($"{document}/content"));
            var documents = await GetDataAsync(http, document[..document.LastIndexOf('/')]);
            Assert.Equal(1, documents.GetProperty("pagination").GetProperty("total").GetInt32());
            await UploadAsync(http, document.Split('/')[3]);

            await stack.InterruptAsync();
            Assert.Empty(stack.Survivors());
        }

        Directory.Delete(data, recursive: true);
    }

    private static async Task<(HttpClient Http, string Tenant)> BeginAsync(StackUnderTest stack, string email)
    {
        using var anonymous = new HttpClient { BaseAddress = stack.Api };
        using var registered = await anonymous.PostAsJsonAsync("/api/auth/register", new { first_name = "Ada", last_name = "Lovelace", email, password = TestUser.Password });
        await registered.ReadAsync(HttpStatusCode.Created);

        var http = await LogInAsync(stack, email);
        Assert.Equal(email, (await GetDataAsync(http, "/api/users/me")).GetProperty("email").GetString());
        using var created = await http.PostAsJsonAsync("/api/tenants", new { name = "Acme Corp" });
        return (http, (await created.ReadDataAsync(HttpStatusCode.Created)).GetProperty("id").GetString()!);
    }

    private static async Task<HttpClient> LogInAsync(StackUnderTest stack, string email)
    {
        var http = new HttpClient { BaseAddress = stack.Api };
        using var answer = await http.PostAsJsonAsync("/api/auth/login", new { email, password = TestUser.Password });
        var token = (await answer.ReadAsync(HttpStatusCode.OK)).GetProperty("access_token").GetString();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    private static async Task<string> UploadAsync(HttpClient http, string tenant)
    {
        using var form = TestTenant.FormOf(Pdf, "hello.pdf");
        using var answer = await http.PostAsync($"/api/tenants/{tenant}/documents", form);
        var document = await answer.ReadDataAsync(HttpStatusCode.Created);
        return $"/api/tenants/{tenant}/documents/{document.GetProperty("id").GetString()}";
    }

    private static async Task<JsonElement> GetDataAsync(HttpClient http, string path)
    {
        using var answer = await http.GetAsync(path);
        return await answer.ReadDataAsync();
    }

    /// <summary>Sends half of a file, kills the AppHost with the other half still to come, and hangs up.</summary>
    private static async Task KillAmidAnUploadAsync(StackUnderTest stack, HttpClient http, string document)
    {
        var half = new TaskCompletionSource();
        using var hangUp = new CancellationTokenSource();
        using var form = new MultipartFormDataContent { { new HalfSent(half), "file", "never.bin" } };
        var upload = http.PostAsync(document[..document.LastIndexOf('/')], form, hangUp.Token);

        await half.Task;
        stack.Kill();
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload);
    }

    private sealed class HalfSent(TaskCompletionSource half) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(RandomNumberGenerator.GetBytes(5_000_000), cancellationToken);
            await stream.FlushAsync(cancellationToken);
            half.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
