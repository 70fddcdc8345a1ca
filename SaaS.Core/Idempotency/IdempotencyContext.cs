using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace SaaS.Core.Idempotency;

/// <summary>
/// The key of this request, if it has one. A use case on a route that is <c>Idempotent</c> hands its answer over before it saves
/// what the answer tells of; for a request without a key, and for commands and jobs, that does nothing.
/// </summary>
internal sealed class IdempotencyContext(IOptions<JsonOptions> json, TimeProvider clock)
{
    private IdempotencyKey? _key;

    /// <summary>Whether the use case has handed its answer over.</summary>
    public bool IsStored { get; private set; }

    public void Begin(IdempotencyKey key) => _key = key;

    /// <summary>Adds the answer to what the next <c>SaveChangesAsync</c> writes.</summary>
    public Created<T> StoreResponse<T>(DbContext db, Created<T> answer)
    {
        StoreResponse(db, answer.StatusCode, answer.Value, answer.Location);
        return answer;
    }

    /// <summary>Adds the answer to what the next <c>SaveChangesAsync</c> writes.</summary>
    public Ok<T> StoreResponse<T>(DbContext db, Ok<T> answer)
    {
        StoreResponse(db, answer.StatusCode, answer.Value, location: null);
        return answer;
    }

    private void StoreResponse<T>(DbContext db, int status, T body, string? location)
    {
        if (_key is not { } key)
        {
            return;
        }

        IsStored = true;
        db.Add(new IdempotencyRecord
        {
            UserId = key.UserId,
            Operation = key.Operation,
            Key = key.Key,
            Fingerprint = key.Fingerprint,
            Status = status,
            Location = location,
            Body = JsonSerializer.Serialize(body, json.Value.SerializerOptions),
            StoredAt = clock.GetUtcNow(),
        });
    }
}

/// <summary>Which request this is.</summary>
/// <param name="UserId">Whose.</param>
/// <param name="Operation">The method and the path: the same key elsewhere is another key.</param>
/// <param name="Key">What the caller calls it.</param>
/// <param name="Fingerprint">What is asked for.</param>
internal sealed record IdempotencyKey(Guid UserId, string Operation, string Key, string Fingerprint);
